// WeightedPaging: online weighted paging with unknown weights (arXiv 2410.21266).
//
// Read first: `PagingEngine` (the production algorithm: fractional solution on class clocks, M
// rounded states, lazy physical cache), `PagingSession` (the same as a value with tickets, retries
// and exact snapshots) and `PagingSimulation` (whole traces, every policy, the true optimum).
// `FractionalSolver` is the slow, exact form that the fast one is measured against.
//
// Letters used throughout:
//   k     slots of the cache               p, q   pages (dense indices), q the one requested
//   y     missing fraction of a page       eta    1/k
//   m     total upward movement of y       M      number of states; s a state, Y = ceil(M y)
//   LCB, UCB  bounds of a page's weight    n, T   pages and requests inside the bounds' logarithm
//
// This module must never import JSON, HTTP, jobs or logs.
