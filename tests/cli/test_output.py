"""How the command line sets its tables."""

from effdash.cli.output import table


def test_numbers_stand_to_the_right() -> None:
    assert (
        table(("name", "n"), [("a", "1"), ("long name", "12")])
        == "name        n\na           1\nlong name  12"
    )
