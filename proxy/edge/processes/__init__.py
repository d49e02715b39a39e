"""How a gate is made of processes: a supervisor, its workers, and what they tell one another."""
