from streamlit.testing.v1 import AppTest
def test_x(visit, shelf):
    shelf.finished("a"); shelf.running("b"); shelf.newer("c")
    for p in ("runs","units","train"):
        app = visit(p, run="b", epoch=3, split="test", layer="fc2", unit=1)
        print(dict(app.query_params))
        for el in app.main: print(type(el), getattr(el,'key',None), el.type)
        for el in app.sidebar: print(type(el), getattr(el,'key',None), el.type)
        for k in ("html","error","warning","caption","markdown"):
            for e in getattr(app,k): print(k, [a for a in dir(e) if not a.startswith('_')], str(getattr(e,'value',None))[:200])
