/// Why a session refused a call; its state is then as before.
public enum PagingSessionError: Error, Equatable, Sendable {
  /// `seq` is not the number of the next request; send from `next` on.
  case sequenceGap(next: Int)
  /// The ticket was already reported with another cost.
  case ticketConflict(index: Int, ticket: Int)
  /// Not a positive finite number, or beyond the scale.
  case cost(index: Int, PagingEngine.SampleError)
  /// A batch holds 1 … `PagingSession.largestBatch` pages.
  case batchSize(Int)
  /// Integers and strings in one session.
  case mixedPageKinds(index: Int)
  /// More than `PageID.longest` bytes.
  case pageTooLong(index: Int)
  /// More than `PagingSession.mostPages` distinct pages.
  case tooManyPages
  /// One prediction a page, none NaN, or none at all; only `owp-predictions` takes them.
  case predictions(String)
  /// The policy and the rest of the configuration do not go together.
  case policy(PagingPolicy, String)
  /// A weight that is not positive, beyond the scale, or of too long a page.
  case weight(String, Double)
  /// `maxPages` is not above the capacity, or above `PagingSession.mostPages`.
  case maxPages(Int, capacity: Int)
}
