import TestSupport
import WeightedPaging

/// A caller of a session: batches of changing working sets, costs reported late and out of order.
struct SessionWorld {
  private var random: SplitMix64
  private var open: [TicketCost] = []
  private let names: Bool

  init(seed: UInt64, names: Bool = false) {
    random = SplitMix64(seed: seed)
    self.names = names
  }

  mutating func batch(_ session: PagingSession) -> PagingBatch {
    let base = (session.next / 300) * 5
    let pages = (0..<(1 + random.below(40))).map { _ in
      page(base + min(random.below(24), random.below(24)))
    }
    var samples: [TicketCost] = []
    while !open.isEmpty, random.below(4) > 0 {
      samples.append(open.remove(at: random.below(open.count)))
    }
    let predictions =
      session.configuration.policy == .owpPredictions
      ? pages.map { _ in Double(session.next + random.below(100)) } : []
    return PagingBatch(
      seq: session.next, pages: pages, samples: samples, predictions: predictions,
      digest: (0..<8).map { _ in UInt8(truncatingIfNeeded: random.next()) })
  }

  /// Measures what the answer asked for; a tenth is never reported.
  mutating func take(_ answer: PagingAnswer) {
    let tickets = answer.decisions.map(\.ticket).filter { $0 >= 0 } + answer.probes.map(\.ticket)
    for ticket in tickets where random.below(10) > 0 {
      open.append(TicketCost(ticket: ticket, cost: 0.001 + random.uniform() * random.uniform()))
    }
  }

  private func page(_ number: Int) -> PageID {
    names ? .string("page/\(number)") : .integer(Int64(number))
  }
}
