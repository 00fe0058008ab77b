#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The fractional solution on class clocks (specs/paging.md, section 5).
///
/// A page of rate class c with `0 <= y < 1` stores `u = ln((y+eta)/eta) - g_c`, where `g_c` is the
/// clock of its class, so `y = eta expm1(u + g_c)` moves without being touched. Each class keeps
/// the sum `Z_c` of `y + eta`; the growth after common time t is `F(t) = sum Z_c expm1(t/rate_c)`.
///
/// Invariants between calls:
///  1. a class without pages has clock 0 and sum 0; clocks lie in 0…0.5 (a clock that passes 0.5
///     is folded into its pages and the sum taken anew: adding up increments alone lets the error
///     grow like exp(g));
///  2. heap `stops[c]` and heap `crossings[c]` hold the same pages: those of class c;
///  3. `nextStop`, `nextCrossing` are the heaps' first keys.
struct ClassClocks: Sendable {
  /// k and 1/k.
  let slots: Double
  let eta: Double
  /// `ln(((Y + 1/2)/M + eta)/eta)`, Y = 0 ..< M: where the clock reading `u + g` crosses from Y
  /// quanta to Y + 1.
  let crossingLog: [Double]

  /// u, one a page.
  private(set) var offset: [Double] = []
  /// Rate class, one a page; -1: the page is not on a clock (y = 1, never requested, or in hand).
  private(set) var rate: [Int16] = []
  /// Y, the quanta of y taken so far, one a page.
  private(set) var taken: [UInt16] = []
  /// The pages on clocks, in no meaningful order, and each page's place there.
  private(set) var members: [Int32] = []
  private var memberSlot: [Int32] = []
  private var stopSlot: [Int32] = []
  private var crossingSlot: [Int32] = []

  /// Four classes a block; blocks are added as they are needed.
  private(set) var clock: [SIMD4<Double>] = []
  private(set) var mass: [SIMD4<Double>] = []
  private var nextStop: [SIMD4<Double>] = []
  private var nextCrossing: [SIMD4<Double>] = []
  private(set) var stops: [TimerHeap] = []
  private(set) var crossings: [TimerHeap] = []
  /// The occupied blocks lie in this range.
  private var occupied = 0..<0
  /// Pages on clocks.
  var active: Int { members.count }

  /// Stops this near (in the exponent) count as the same moment.
  static let tie = 1e-11

  init(capacity: Int, states: Int) {
    slots = Double(capacity)
    eta = 1 / Double(capacity)
    crossingLog = (0..<states).map {
      log1p((Double($0) + 0.5) / Double(states) * Double(capacity))
    }
  }

  mutating func addPage() {
    offset.append(0)
    rate.append(-1)
    taken.append(UInt16(truncatingIfNeeded: crossingLog.count))
    memberSlot.append(0)
    stopSlot.append(0)
    crossingSlot.append(0)
  }

  /// y of a page on a clock.
  func value(_ page: Int) -> Double {
    let c = Int(rate[page])
    return min(1, max(0, eta * expm1(offset[page] + clock[c >> 2][c & 3])))
  }

  /// The sum of `1 - y` over pages on clocks.
  func present() -> Double {
    var sum = SIMD4<Double>(repeating: 0)
    for b in occupied { sum += mass[b] }
    return Double(active) * (1 + eta) - sum.sum()
  }

  /// y is 0 exactly: the page has not moved since it was put on its clock at 0.
  func isAtZero(_ page: Int) -> Bool {
    let c = Int(rate[page])
    return c >= 0 && offset[page] + clock[c >> 2][c & 3] == 0
  }

  /// Notes that the page now misses no quantum (y is being set to 0), or all.
  mutating func setTaken(_ page: Int, all: Bool) {
    taken[page] = all ? UInt16(truncatingIfNeeded: crossingLog.count) : 0
  }

  /// Puts a page on the clock of class `c` at `y`, to be stopped at `stop` (above `y`, at most 1).
  mutating func insert(_ page: Int, at y: Double, class c: Int, stop: Double) {
    let b = c >> 2
    growBlocks(to: b)
    if stops[c].isEmpty { occupied = min(occupied.lowerBound, b)..<max(occupied.upperBound, b + 1) }
    if members.isEmpty { occupied = b..<(b + 1) }
    let u = (y == 0 ? 0 : log1p(y * slots)) - clock[b][c & 3]
    offset[page] = u
    rate[page] = Int16(truncatingIfNeeded: c)
    mass[b][c & 3] += y + eta
    let id = Int32(truncatingIfNeeded: page)
    memberSlot[page] = Int32(truncatingIfNeeded: members.count)
    members.append(id)
    stops[c].insert(id, key: log1p(stop * slots) - u, slots: &stopSlot)
    crossings[c].insert(id, key: crossingKey(page), slots: &crossingSlot)
    noteFirsts(c)
  }

  /// Takes a page off its clock; returns its y.
  mutating func remove(_ page: Int) -> Double {
    let c = Int(rate[page])
    let b = c >> 2
    let y = value(page)
    let id = Int32(truncatingIfNeeded: page)
    stops[c].remove(id, slots: &stopSlot)
    crossings[c].remove(id, slots: &crossingSlot)
    rate[page] = -1
    let last = members.removeLast()
    let hole = Int(memberSlot[page])
    if hole < members.count {
      members[hole] = last
      memberSlot[Int(last)] = Int32(truncatingIfNeeded: hole)
    }
    if stops[c].isEmpty {
      mass[b][c & 3] = 0
      clock[b][c & 3] = 0
      shrinkOccupied()
    } else {
      mass[b][c & 3] -= y + eta
    }
    noteFirsts(c)
    return y
  }

  /// Lets the common time run until the sum of `1 - y` has fallen by `excess`, or until the first
  /// stop, whose page is returned (still on its clock).
  mutating func advance(excess: Double) -> Int? {
    let first = occupied.lowerBound
    var (weight, boundClass) = (0.0, 0)
    var (stop, stopClass) = (Double.infinity, 0)
    let none = SIMD4<Double>(repeating: 0)
    var rates = RateGrid.lanes * Double(sign: .plus, exponent: -first, significand: 1)
    var inverse = RateGrid.inverseLanes * Double(sign: .plus, exponent: first, significand: 1)
    for b in occupied {
      // The bound below is near rate / (Z + excess); any class gives a valid one.
      let weights = ((mass[b] + excess) * inverse).replacing(with: none, where: mass[b] .== 0)
      let greatest = weights.max()
      if greatest > weight {
        weight = greatest
        for lane in 0..<4 where weights[lane] == greatest { boundClass = 4 * b + lane }
      }
      let times = (nextStop[b] - clock[b]) * rates
      let soonest = times.min()
      if soonest < stop {
        stop = soonest
        for lane in (0..<4).reversed() where times[lane] == soonest { stopClass = 4 * b + lane }
      }
      rates *= 0.5
      inverse += inverse
    }
    stop = max(0, stop)
    // Each single term is at most the whole: the root is not right of this.
    var time =
      RateGrid.rate(of: boundClass) * log1p(excess / mass[boundClass >> 2][boundClass & 3])
    if stop < time {
      if growth(stop).sum <= excess {
        move(by: stop)
        return Int(stops[stopClass].items[0].page)
      }
      time = stop
    }
    move(by: feasibleTime(from: time, excess: excess))
    return nil
  }

  /// A page whose stop coincides with where the clocks stand, if any.
  func stoppedHere() -> Int? {
    for b in occupied {
      let left = nextStop[b] - clock[b]
      guard left.min() <= Self.tie else { continue }
      for lane in 0..<4 where left[lane] <= Self.tie {
        return Int(stops[4 * b + lane].items[0].page)
      }
    }
    return nil
  }

  /// Takes every quantum crossing that the clocks have passed.
  mutating func takeCrossings(into crossed: inout [Crossing]) {
    let states = crossingLog.count
    for b in occupied {
      let passed = nextCrossing[b] .< clock[b]
      guard any(passed) else { continue }
      for lane in 0..<4 where passed[lane] {
        let c = 4 * b + lane
        let now = clock[b][lane]
        while crossings[c].first < now {
          let page = Int(crossings[c].items[0].page)
          let reading = offset[page] + now
          let before = Int(taken[page])
          var y = before
          repeat { y += 1 } while y < states && crossingLog[y] < reading
          taken[page] = UInt16(truncatingIfNeeded: y)
          crossed.append(Crossing(page: page, count: y - before))
          crossings[c].replaceFirst(
            key: max(now, crossingKey(page)), slots: &crossingSlot)
        }
        nextCrossing[b][lane] = crossings[c].first
      }
    }
  }

  /// Takes `count` quanta more, each of a page whose y is above its Y/M, with probability in
  /// proportion to how much: so no page is ever a whole quantum away from its y.
  mutating func takeExtra(
    _ count: Int, random: inout RandomBits, into crossed: inout [Crossing]
  ) {
    var left = count
    var tries = 8 * members.count + 64
    while left > 0, tries > 0 {
      tries -= 1
      let (index, share) = random.drawPair(upTo: members.count)
      let page = Int(members[index])
      guard remainder(page) > 0.5 * share else { continue }
      takeOne(page, into: &crossed)
      left -= 1
    }
    // Hardly ever: the chances above were too small. Largest remainders then.
    while left > 0 {
      guard
        let page = members.lazy.map({ Int($0) }).max(by: { remainder($0) < remainder($1) }),
        Int(taken[page]) < crossingLog.count
      else { return }
      takeOne(page, into: &crossed)
      left -= 1
    }
  }

  private mutating func takeOne(_ page: Int, into crossed: inout [Crossing]) {
    taken[page] += 1
    crossed.append(Crossing(page: page, count: 1))
    let c = Int(rate[page])
    crossings[c].raise(
      Int32(truncatingIfNeeded: page), to: crossingKey(page), slots: &crossingSlot)
    nextCrossing[c >> 2][c & 3] = crossings[c].first
  }

  /// `M y - Y`.
  private func remainder(_ page: Int) -> Double {
    value(page) * Double(crossingLog.count) - Double(taken[page])
  }

  /// The clock's time at which the page takes its next quantum.
  private func crossingKey(_ page: Int) -> Double {
    let y = Int(taken[page])
    return y < crossingLog.count ? crossingLog[y] - offset[page] : .infinity
  }
}

/// A page and how many more of its M quanta shall be missing from now on.
struct Crossing: Sendable {
  let page: Int
  let count: Int
}

extension ClassClocks {
  /// Newton from the right on the convex increasing F: monotone. A step taken from a relative
  /// excess below 1e-7 lands within 1e-14, so it is the last.
  private func feasibleTime(from start: Double, excess: Double) -> Double {
    var time = start
    for _ in 0..<100 {
      let (sum, slope) = growth(time)
      let over = sum - excess
      guard over > 0 else { break }
      time -= over / slope
      if over <= 1e-7 * excess { break }
    }
    return max(0, time)
  }

  /// expm1 of `time / rate` in the first occupied block: a short series, then doublings
  /// `expm1(2x) = e (e + 2)`.
  @inline(__always)
  private func firstGrowth(_ time: Double) -> SIMD4<Double> {
    let scale = Double(sign: .plus, exponent: occupied.lowerBound, significand: 1)
    var x = RateGrid.inverseLanes * (time * scale)
    var doublings = 0
    while x[3] > 0x1p-7, doublings < 64 {
      x *= 0.5
      doublings += 1
    }
    var e = x * (1.0 / 6) + 1
    e = e * x * (1.0 / 5) + 1
    e = e * x * (1.0 / 4) + 1
    e = e * x * (1.0 / 3) + 1
    e = e * x * (1.0 / 2) + 1
    e *= x
    for _ in 0..<doublings { e = Self.doubled(e) }
    return e
  }

  /// Kept finite for empty classes far down the grid.
  @inline(__always)
  private static func doubled(_ e: SIMD4<Double>) -> SIMD4<Double> {
    let limit = SIMD4<Double>(repeating: 1e100)
    let next = e * (e + 2)
    return next.replacing(with: limit, where: next .> limit)
  }

  /// F(t) and its derivative.
  private func growth(_ time: Double) -> (sum: Double, slope: Double) {
    var e = firstGrowth(time)
    var sum = SIMD4<Double>(repeating: 0)
    var slope = SIMD4<Double>(repeating: 0)
    var inverse =
      RateGrid.inverseLanes
      * Double(sign: .plus, exponent: occupied.lowerBound, significand: 1)
    for b in occupied {
      let grown = mass[b] * e
      sum += grown
      slope += (grown + mass[b]) * inverse
      e = Self.doubled(e)
      inverse += inverse
    }
    return (sum.sum(), slope.sum())
  }

  private mutating func move(by time: Double) {
    guard time > 0 else { return }
    var e = firstGrowth(time)
    var x = RateGrid.inverseLanes * time
    x *= Double(sign: .plus, exponent: occupied.lowerBound, significand: 1)
    let none = SIMD4<Double>(repeating: 0)
    for b in occupied {
      let now = (clock[b] + x).replacing(with: none, where: mass[b] .== 0)
      clock[b] = now
      mass[b] += mass[b] * e
      if now.max() > 0.5 {
        for lane in 0..<4 where now[lane] > 0.5 { fold(4 * b + lane) }
      }
      e = Self.doubled(e)
      x += x
    }
  }

  /// Folds the clock of a class into its pages and takes its sum anew.
  private mutating func fold(_ c: Int) {
    let b = c >> 2
    let now = clock[b][c & 3]
    var sum = 0.0
    for item in stops[c].items {
      let page = Int(item.page)
      let reading = offset[page] + now
      offset[page] = reading
      sum += exp(reading)
    }
    mass[b][c & 3] = sum * eta
    clock[b][c & 3] = 0
    stops[c].shift(by: now)
    crossings[c].shift(by: now)
    noteFirsts(c)
  }

  private mutating func noteFirsts(_ c: Int) {
    nextStop[c >> 2][c & 3] = stops[c].first
    nextCrossing[c >> 2][c & 3] = crossings[c].first
  }

  /// Takes over the pages of a snapshot, checked by `read`.
  mutating func adopt(offset: [Double], rate: [Int16], taken: [UInt16], members: [Int32]) {
    self.offset = offset
    self.rate = rate
    self.taken = taken
    self.members = members
    for (i, page) in members.enumerated() {
      memberSlot[Int(page)] = Int32(truncatingIfNeeded: i)
    }
  }

  /// Takes over one class of a snapshot, in ascending order.
  mutating func adopt(_ stored: StoredClass) throws(PagingSnapshotError) {
    let (c, b) = (stored.index, stored.index >> 2)
    growBlocks(to: b)
    occupied = occupied.isEmpty ? b..<(b + 1) : occupied.lowerBound..<(b + 1)
    clock[b][c & 3] = stored.clock
    mass[b][c & 3] = stored.mass
    guard let stops = TimerHeap(restoring: stored.stops, slots: &stopSlot),
      let crossings = TimerHeap(restoring: stored.crossings, slots: &crossingSlot)
    else { throw .damaged("a queue of a rate class is out of order") }
    self.stops[c] = stops
    self.crossings[c] = crossings
    noteFirsts(c)
  }

  private mutating func growBlocks(to block: Int) {
    while clock.count <= block {
      clock.append(SIMD4(repeating: 0))
      mass.append(SIMD4(repeating: 0))
      nextStop.append(SIMD4(repeating: .infinity))
      nextCrossing.append(SIMD4(repeating: .infinity))
      for _ in 0..<4 {
        stops.append(TimerHeap())
        crossings.append(TimerHeap())
      }
    }
  }

  private mutating func shrinkOccupied() {
    var (low, high) = (occupied.lowerBound, occupied.upperBound)
    let none = SIMD4<Double>(repeating: 0)
    while low < high, mass[low] == none { low += 1 }
    while low < high, mass[high - 1] == none { high -= 1 }
    occupied = low..<high
  }
}
