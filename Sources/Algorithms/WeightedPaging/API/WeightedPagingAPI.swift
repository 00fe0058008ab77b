// WeightedPagingAPI: the paging simulation as an algorithm of the service, and the JSON bodies of
// live sessions.
//
// Read first: `PagingAlgorithm` (parameters, inputs, outputs), `PagingComputation` (one checked
// simulation) and `PagingSessionBodies` (section 6 of specs/paging.md, read and written). This room
// must never import HTTP, jobs or logs.
