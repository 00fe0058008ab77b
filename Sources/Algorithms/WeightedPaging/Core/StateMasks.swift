/// M equally likely cache states that round the fractional solution (specs/paging.md, 4b).
///
/// A page's mask has bit s set where state s holds the page. Levels are cumulative from the top:
/// a page of level i counts in levels i, i + 1, ….
///
/// Invariants after `settle`:
///  1. page p is missing from exactly `quanta[p]` states;
///  2. for each level, every state holds floor or ceil of the states' mean number of pages
///     (balance); so no state holds more than k pages when the mean does not.
///
/// Choices are made by random bits that the caller draws; they never look at which state is real.
struct StateMasks: Sendable {
  /// M: 8, 16, 32, 64, 128 or 256.
  let states: Int
  /// 64-bit words of a mask.
  let words: Int
  /// The lanes of each word that exist.
  let full: UInt64

  /// (pages × words)
  private(set) var bits: [UInt64] = []
  /// Y, one a page.
  private(set) var quanta: [UInt16] = []
  /// Level of each page.
  private(set) var level: [UInt8] = []
  /// Place of each page in the list of its level's mixed pages (0 < Y < M), -1: not there.
  private var place: [Int32] = []
  private(set) var mixed: [[Int32]] = [[]]

  /// Levels in use: 0 ..< levels; grows only.
  private(set) var levels = 1
  /// Pages of level <= i in state s, (levels × M).
  private var counts: [Int32]
  /// Sum over states of `counts`, one a level.
  private(set) var totals: [Int] = [0]
  /// floor(total / M) as the masks below compare with it.
  private var floors: [Int32] = [0]
  private var ceilings: [Int32] = [0]
  /// States above the ceiling, above the floor, below the floor; (levels × words) each.
  private var over: [UInt64]
  private var above: [UInt64]
  private var below: [UInt64]

  /// The real state, only so that `changes` can be kept: no choice reads it.
  let watched: Int
  /// Pages that the watched state lost or gained since the caller last emptied the list, in order
  /// (fetches not listed).
  var changes: [Int32] = []

  init(states: Int, watched: Int) {
    self.states = states
    self.watched = watched
    words = max(1, states / 64)
    full = states >= 64 ? .max : (1 << UInt64(states)) - 1
    counts = Array(repeating: 0, count: states)
    over = Array(repeating: 0, count: words)
    above = over
    below = over
  }

  /// A new page, in no state.
  mutating func addPage(level: Int) {
    for _ in 0..<words { bits.append(0) }
    quanta.append(UInt16(truncatingIfNeeded: states))
    self.level.append(UInt8(truncatingIfNeeded: level))
    place.append(-1)
    grow(to: level)
  }

  func holds(_ page: Int, state: Int) -> Bool {
    bits[page * words + state >> 6] >> UInt64(state & 63) & 1 == 1
  }

  /// Pages of level at most `level` in state `state`.
  func count(level: Int, state: Int) -> Int { Int(counts[level * states + state]) }

  /// Puts the page into every state.
  mutating func fetch(_ page: Int) {
    let missing = Int(quanta[page])
    guard missing > 0 else { return }
    let top = Int(level[page])
    for w in 0..<words {
      var absent = ~bits[page * words + w] & full
      bits[page * words + w] = full
      while absent != 0 {
        let s = 64 * w + absent.trailingZeroBitCount
        absent &= absent - 1
        for i in top..<levels { counts[i * states + s] += 1 }
      }
    }
    for i in top..<levels { totals[i] += missing }
    quanta[page] = 0
    dropFromMixed(page)
  }

  /// Takes pages out of states until each is missing from as many as told, then rebalances.
  /// Every state's share is decided for the totals that hold afterwards. Returns the moves made to
  /// rebalance.
  mutating func settle(_ crossings: [Crossing], random: inout RandomBits) -> Int {
    for crossing in crossings {
      for i in Int(level[crossing.page])..<levels { totals[i] -= crossing.count }
    }
    compareAll()
    for crossing in crossings {
      for _ in 0..<crossing.count {
        drop(crossing.page, random: &random)
      }
      noteMixed(crossing.page)
    }
    return rebalance(random: &random)
  }

  /// Moves the page to another level; balance is restored by the next `settle`.
  mutating func changeLevel(_ page: Int, to new: Int) {
    let old = Int(level[page])
    guard new != old else { return }
    grow(to: new)
    dropFromMixed(page)
    let held = states - Int(quanta[page])
    let change: Int32 = new < old ? 1 : -1
    for i in min(new, old)..<max(new, old) {
      totals[i] += Int(change) * held
      for w in 0..<words {
        var present = bits[page * words + w]
        while present != 0 {
          counts[i * states + 64 * w + present.trailingZeroBitCount] += change
          present &= present - 1
        }
      }
    }
    level[page] = UInt8(truncatingIfNeeded: new)
    noteMixed(page)
  }

  func write(to writer: inout SnapshotWriter) {
    writer.list(bits)
    writer.list(level)
    writer.list(mixed) { $0.list($1) }
  }

  /// Fills an empty one; everything else follows from the masks.
  mutating func read(
    from reader: inout SnapshotReader, pages: Int
  ) throws(PagingSnapshotError) {
    bits = try reader.list(UInt64.self)
    level = try reader.list(UInt8.self)
    let lists = try reader.list(size: 8) { (reader) throws(PagingSnapshotError) in
      try reader.pages(below: pages, "the list of mixed pages")
    }
    guard bits.count == pages * words, level.count == pages,
      (1...RoundingLevel.count).contains(lists.count),
      level.allSatisfy({ Int($0) < lists.count }), bits.allSatisfy({ $0 & ~full == 0 })
    else { throw .damaged("masks") }
    grow(to: lists.count - 1)
    place = Array(repeating: -1, count: pages)
    for (i, list) in lists.enumerated() {
      for (slot, page) in list.enumerated() {
        guard level[Int(page)] == i, place[Int(page)] < 0 else { throw .damaged("mixed pages") }
        place[Int(page)] = Int32(truncatingIfNeeded: slot)
      }
    }
    mixed = lists
    for page in 0..<pages {
      let held = (0..<words).reduce(0) { $0 + bits[page * words + $1].nonzeroBitCount }
      quanta.append(UInt16(truncatingIfNeeded: states - held))
      guard (place[page] >= 0) == (held > 0 && held < states) else {
        throw .damaged("mixed pages")
      }
      for i in Int(level[page])..<levels {
        totals[i] += held
        for s in 0..<states where holds(page, state: s) { counts[i * states + s] += 1 }
      }
    }
  }

  private mutating func grow(to level: Int) {
    while levels <= level {
      counts.append(contentsOf: Array(counts.suffix(states)))
      totals.append(totals[levels - 1])
      floors.append(0)
      ceilings.append(0)
      for _ in 0..<words {
        over.append(0)
        above.append(0)
        below.append(0)
      }
      mixed.append([])
      levels += 1
    }
  }

  private mutating func noteMixed(_ page: Int) {
    let y = Int(quanta[page])
    if y > 0 && y < states {
      guard place[page] < 0 else { return }
      let i = Int(level[page])
      place[page] = Int32(truncatingIfNeeded: mixed[i].count)
      mixed[i].append(Int32(truncatingIfNeeded: page))
    } else {
      dropFromMixed(page)
    }
  }

  private mutating func dropFromMixed(_ page: Int) {
    let hole = Int(place[page])
    guard hole >= 0 else { return }
    let i = Int(level[page])
    let last = mixed[i].removeLast()
    if hole < mixed[i].count {
      mixed[i][hole] = last
      place[Int(last)] = Int32(truncatingIfNeeded: hole)
    }
    place[page] = -1
  }
}

extension StateMasks {
  /// Rates every state of every level against the totals.
  private mutating func compareAll() {
    for i in 0..<levels {
      let floor = Int32(truncatingIfNeeded: totals[i] / states)
      let ceiling = totals[i] % states == 0 ? floor : floor + 1
      floors[i] = floor
      ceilings[i] = ceiling
      for w in 0..<words {
        var (overBits, aboveBits, belowBits): (UInt64, UInt64, UInt64) = (0, 0, 0)
        let base = i * states + 64 * w
        for lane in 0..<min(64, states) {
          let count = counts[base + lane]
          let shift = UInt64(truncatingIfNeeded: lane)
          aboveBits |= (count > floor ? 1 : 0) &<< shift
          overBits |= (count > ceiling ? 1 : 0) &<< shift
          belowBits |= (count < floor ? 1 : 0) &<< shift
        }
        over[i * words + w] = overBits
        above[i * words + w] = aboveBits
        below[i * words + w] = belowBits
      }
    }
  }

  /// Takes the page out of one state: first of those that hold too much in all and can spare it at
  /// each level, …, at last of any that holds it.
  private mutating func drop(_ page: Int, random: inout RandomBits) {
    let start = random.draw(below: states)
    let top = Int(level[page])
    var chosen = -1
    var tier = 0
    while chosen < 0 {
      chosen = pick(from: start) { w in candidates(page, top: top, tier: tier, word: w) }
      tier += 1
    }
    let bit: UInt64 = 1 << UInt64(chosen & 63)
    bits[page * words + chosen >> 6] &= ~bit
    quanta[page] += 1
    if chosen == watched { changes.append(Int32(truncatingIfNeeded: page)) }
    for i in top..<levels {
      let index = i * states + chosen
      let count = counts[index] - 1
      counts[index] = count
      let flag = i * words + chosen >> 6
      let floor = floors[i]
      if count == ceilings[i] { over[flag] &= ~bit }
      if count == floor { above[flag] &= ~bit }
      if count == floor - 1 { below[flag] |= bit }
    }
  }

  @inline(__always)
  private func candidates(_ page: Int, top: Int, tier: Int, word w: Int) -> UInt64 {
    let held = bits[page * words + w]
    let last = (levels - 1) * words + w
    switch tier {
    case 0, 1:
      var able = held
      for i in top..<levels { able &= above[i * words + w] }
      return tier == 0 ? able & over[last] : able
    case 2: return held & over[last]
    case 3: return held & above[top * words + w]
    default: return held
    }
  }

  /// The first bit set at or after `start`, cyclically; -1 where there is none.
  @inline(__always)
  private func pick(from start: Int, _ word: (Int) -> UInt64) -> Int {
    let first = start >> 6
    let head = word(first)
    let later = head & (UInt64.max << UInt64(start & 63))
    if later != 0 { return 64 * first + later.trailingZeroBitCount }
    for step in 1..<max(1, words) {
      let w = (first + step) % words
      let candidates = word(w)
      if candidates != 0 { return 64 * w + candidates.trailingZeroBitCount }
    }
    return head != 0 ? 64 * first + head.trailingZeroBitCount : -1
  }

  /// From the top level down: while a state is outside floor…ceil, moves one page of exactly that
  /// level from a fuller to an emptier state. Levels above are balanced, so such a page exists.
  private mutating func rebalance(random: inout RandomBits) -> Int {
    var moves = 0
    for i in 0..<levels {
      while true {
        let start = random.draw(below: states)
        var source = pick(from: start) { over[i * words + $0] }
        var target = pick(from: start) { below[i * words + $0] }
        if source < 0 && target < 0 { break }
        if source < 0 { source = pick(from: start) { above[i * words + $0] } }
        if target < 0 { target = emptier(level: i, start: start) }
        guard source >= 0, target >= 0 else { break }
        move(level: i, from: source, to: target, random: &random)
        moves += 1
      }
    }
    return moves
  }

  /// A state below the ceiling of a level.
  private func emptier(level i: Int, start: Int) -> Int {
    for step in 0..<states {
      let s = (start + step) % states
      if counts[i * states + s] < ceilings[i] { return s }
    }
    return -1
  }

  private mutating func move(
    level i: Int, from source: Int, to target: Int, random: inout RandomBits
  ) {
    let count = mixed[i].count
    precondition(count > 0, "balance: no page to move")
    let start = random.draw(upTo: count)
    for step in 0..<count {
      let index = start + step < count ? start + step : start + step - count
      let page = Int(mixed[i][index])
      guard holds(page, state: source), !holds(page, state: target) else { continue }
      bits[page * words + source >> 6] &= ~(1 << UInt64(source & 63))
      bits[page * words + target >> 6] |= 1 << UInt64(target & 63)
      if source == watched || target == watched { changes.append(Int32(truncatingIfNeeded: page)) }
      for j in i..<levels {
        counts[j * states + source] -= 1
        counts[j * states + target] += 1
        compare(level: j, state: source)
        compare(level: j, state: target)
      }
      return
    }
    preconditionFailure("balance: no page to move")
  }

  private mutating func compare(level i: Int, state s: Int) {
    let count = counts[i * states + s]
    let bit: UInt64 = 1 << UInt64(s & 63)
    let flag = i * words + s >> 6
    over[flag] = count > ceilings[i] ? over[flag] | bit : over[flag] & ~bit
    above[flag] = count > floors[i] ? above[flag] | bit : above[flag] & ~bit
    below[flag] = count < floors[i] ? below[flag] | bit : below[flag] & ~bit
  }
}
