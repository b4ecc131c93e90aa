"""``python -m trafficai``: the same as the command ``trafficai``."""

from trafficai.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
