/// The deadlines of one loop's connections: a ring of slots, one for each `resolution`.
///
/// Setting a later deadline for a connection costs nothing: its entry stays where it is, and when
/// its slot comes up the owner looks at the deadline and inserts it again. So a connection has one
/// entry nearly always, and there is no system timer for any of them.
///
/// Invariants:
/// 1. Bit `s` of `occupied` is set exactly when `slots[s]` is not empty.
/// 2. An entry due at tick `t` lies in slot `t % slots.count`, and `current < t <= current + count - 1`.
package struct TimerWheel {
  private let resolution: Int64
  private var slots: [[ConnectionID]]
  private var occupied: [UInt64]
  /// The last tick whose slot was emptied.
  private var current: Int64

  /// A wheel of 1 024 slots; 64 ms each unless told otherwise: 65 s ahead, farther ones wrap.
  package init(now: Int64, resolution: Int64 = 64) {
    self.resolution = resolution
    slots = Array(repeating: [], count: 1_024)
    occupied = Array(repeating: 0, count: 1_024 / 64)
    current = now / resolution
  }

  /// Asks for `id` to come up at `deadline` or soon after; earlier where it lies beyond the wheel.
  /// Returns the time from which on it will come up.
  package mutating func insert(_ id: ConnectionID, deadline: Int64) -> Int64 {
    let due = (deadline + resolution - 1) / resolution
    let tick = min(max(due, current + 1), current + Int64(slots.count) - 1)
    let slot = Int(tick % Int64(slots.count))
    slots[slot].append(id)
    occupied[slot / 64] |= 1 << UInt64(slot % 64)
    return tick * resolution
  }

  /// Takes out whatever is due at `now`.
  package mutating func expire(now: Int64, into expired: inout [ConnectionID]) {
    let target = now / resolution
    if target - current >= Int64(slots.count) { current = target - Int64(slots.count) }
    while current < target {
      current += 1
      let slot = Int(current % Int64(slots.count))
      guard occupied[slot / 64] >> UInt64(slot % 64) & 1 == 1 else { continue }
      expired.append(contentsOf: slots[slot])
      slots[slot].removeAll(keepingCapacity: slots[slot].count <= 64)
      occupied[slot / 64] &= ~(1 << UInt64(slot % 64))
    }
  }

  /// Milliseconds until the next entry comes up; -1 where there is none.
  package func timeout(now: Int64) -> Int32 {
    let start = Int((current + 1) % Int64(slots.count))
    var word = start / 64
    var bits = occupied[word] & (~0 << UInt64(start % 64))
    for _ in 0...occupied.count {
      if bits != 0 {
        let slot = word * 64 + bits.trailingZeroBitCount
        let ahead = Int64((slot - start + slots.count) % slots.count)
        return Int32(max(0, (current + 1 + ahead) * resolution - now))
      }
      word = (word + 1) % occupied.count
      bits = occupied[word]
    }
    return -1
  }
}

/// A connection of a loop: its place, and which of the connections that were there.
package struct ConnectionID: Sendable, Hashable {
  package let slot: UInt32
  package let generation: UInt32

  package init(slot: UInt32, generation: UInt32) {
    self.slot = slot
    self.generation = generation
  }

  package init(token: UInt64) {
    slot = UInt32(truncatingIfNeeded: token)
    generation = UInt32(truncatingIfNeeded: token >> 32)
  }

  package var token: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}
