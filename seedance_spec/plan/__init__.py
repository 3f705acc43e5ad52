"""What must happen, as data: changes with causes and price, and views of them. Pure: no I/O, clock or coroutine."""
