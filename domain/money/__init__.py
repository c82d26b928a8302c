"""What energy costs and emits, and where every cent is written down."""
