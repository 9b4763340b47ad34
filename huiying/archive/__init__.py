"""归档与保管期限: packages of closed cases, how long they are kept, and what is erased when that is over."""
