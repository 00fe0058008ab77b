import Jobs
import Observability
import Synchronization

/// Tickets that stand for a key once, for a short time: a browser's event stream cannot send a
/// header, and a key does not belong into a URL.
final class TicketOffice: Sendable {
  static let lifetimeMilliseconds: Int64 = 30_000
  /// Tickets not yet used; more are refused.
  static let maximum = 10_000

  private struct Ticket {
    var caller: Caller
    var expiresAt: Timestamp
  }

  private let tickets = Mutex<[String: Ticket]>([:])

  /// Nil where too many are open.
  func issue(to caller: Caller, at now: Timestamp) -> (ticket: String, expiresAt: Timestamp)? {
    let expiresAt = now.adding(milliseconds: Self.lifetimeMilliseconds)
    let text = RequestID.make() + RequestID.make()
    return tickets.withLock { tickets in
      if tickets.count >= Self.maximum {
        tickets = tickets.filter { $0.value.expiresAt > now }
      }
      guard tickets.count < Self.maximum else { return nil }
      tickets[text] = Ticket(caller: caller, expiresAt: expiresAt)
      return (text, expiresAt)
    }
  }

  /// Uses a ticket up.
  func redeem(_ text: String, at now: Timestamp) -> Caller? {
    let ticket = tickets.withLock { $0.removeValue(forKey: text) }
    guard let ticket, ticket.expiresAt > now else { return nil }
    return ticket.caller
  }
}
