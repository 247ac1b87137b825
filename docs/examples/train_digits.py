"""A training script as people write them: argparse, DataLoader, mixed precision, a schedule.

    python docs/examples/train_digits.py --epochs 20

Three lines are effdash's; they are marked.
"""

import argparse
import time

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import effdash as ed  # <- 1


class Net(nn.Module):
    """Two convolutions and two linear layers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, 2 * width, 3, padding=1, stride=2)
        self.fc1 = nn.Linear(32 * width, 128)
        self.dropout = nn.Dropout(0.2)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.bn1(self.conv1(x)))
        x = nn.functional.relu(self.conv2(x)).flatten(1)
        return self.fc2(self.dropout(self.fc1(x).relu()))


def loaders(batch_size: int, workers: int) -> tuple[DataLoader, DataLoader]:
    """Digits of 8 x 8 pixels, for training and for testing."""
    X, y = load_digits(return_X_y=True)
    X = (X / 16.0).astype("float32").reshape(-1, 1, 8, 8)
    parts = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)
    X_train, X_test, y_train, y_test = map(torch.as_tensor, parts)
    train = DataLoader(TensorDataset(X_train, y_train), batch_size, shuffle=True, num_workers=workers)
    return train, DataLoader(TensorDataset(X_test, y_test), 256)


def train(args: argparse.Namespace) -> float:
    """Trains and returns the seconds it took."""
    torch.manual_seed(args.seed)
    device = torch.device(args.device)
    train_loader, test_loader = loaders(args.batch_size, args.workers)
    model = Net(args.width).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=args.lr, total_steps=args.epochs * len(train_loader)
    )
    half = torch.float16 if device.type == "cuda" else torch.bfloat16
    scaler = torch.amp.GradScaler(enabled=device.type == "cuda")
    started = time.perf_counter()

    with ed.watch(model, train_loader, test=test_loader, name="digits") as run:  # <- 2
        for epoch in range(args.epochs):
            model.train()
            total, samples = 0.0, 0
            for batch in train_loader:
                x, y = (part.to(device) for part in batch)
                with torch.autocast(device.type, half, enabled=args.amp):
                    loss = nn.functional.cross_entropy(model(x), y)
                optimizer.zero_grad(set_to_none=True)
                scaler.scale(loss).backward()
                scaler.step(optimizer)
                scaler.update()
                scheduler.step()
                total += loss.item() * len(x)
                samples += len(x)
            mean = total / samples
            run.epoch(loss=mean, lr=scheduler.get_last_lr()[0])  # <- 3
            if not args.quiet:
                print(f"epoch {epoch + 1}: loss {mean:.4f}")
    return time.perf_counter() - started


def parsed(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Trains a small network on digits.")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--amp", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--quiet", action="store_true")
    return parser.parse_args(words)


if __name__ == "__main__":
    print(f"{train(parsed()):.1f} seconds")
