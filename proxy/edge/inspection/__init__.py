"""Where messages are inspected: among the flows of a worker, or in processes of their own with hardly any rights."""
