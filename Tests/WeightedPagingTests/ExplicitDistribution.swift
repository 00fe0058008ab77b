/// The exact finite distribution over cache states (specs/paging.md, 4a): integer measures, so that
/// consistency and balance hold exactly. Atoms grow; for small cases only.
struct ExplicitDistribution {
  /// D.
  static let unit = 1 << 48

  let capacity: Int
  /// Sets of pages (bit p: page p), each with its measure; the measures sum to D.
  private(set) var atoms: [UInt64: Int] = [0: Self.unit]
  /// `Y_p = ceil(y_p D)`.
  private(set) var missing: [Int]
  private(set) var level: [Int]

  init(capacity: Int, pages: Int) {
    self.capacity = capacity
    missing = Array(repeating: Self.unit, count: pages)
    level = Array(repeating: 0, count: pages)
  }

  /// Follows one request of the fractional solution: `y` and levels as they are afterwards.
  mutating func follow(request q: Int, y: [Double], levels: [Int]) {
    fetch(q)
    var target = y.map { min(Self.unit, Int(($0 * Double(Self.unit)).rounded(.up))) }
    target[q] = 0
    // What rounding leaves above kD is taken off one page.
    var surplus =
      target.reduce(0) { $0 + Self.unit - $1 } - capacity * Self.unit
    for p in target.indices where p != q && surplus > 0 {
      let taken = min(surplus, Self.unit - target[p])
      target[p] += taken
      surplus -= taken
    }
    for p in target.indices where target[p] > missing[p] {
      drop(p, measure: target[p] - missing[p])
    }
    level = levels
    for i in 0...(levels.max() ?? 0) { rebalance(i) }
  }

  /// What does not hold.
  func violations() -> [String] {
    var found: [String] = []
    if atoms.values.reduce(0, +) != Self.unit { found.append("measure") }
    for p in missing.indices {
      let lacking = atoms.reduce(0) { $0 + ($1.key >> UInt64(p) & 1 == 0 ? $1.value : 0) }
      if lacking != missing[p] { found.append("page \(p) inconsistent") }
    }
    for i in 0...(level.max() ?? 0) {
      let (floor, ceiling) = limits(i)
      for (set, _) in atoms where !(floor...ceiling).contains(count(set, i)) {
        found.append("level \(i) unbalanced")
      }
    }
    if atoms.keys.contains(where: { $0.nonzeroBitCount > capacity }) { found.append("size") }
    return found
  }

  private func count(_ set: UInt64, _ level: Int) -> Int {
    self.level.indices.count { self.level[$0] <= level && set >> UInt64($0) & 1 == 1 }
  }

  private func limits(_ i: Int) -> (Int, Int) {
    let total = missing.indices.reduce(0) { $0 + (level[$1] <= i ? Self.unit - missing[$1] : 0) }
    return (total / Self.unit, (total + Self.unit - 1) / Self.unit)
  }

  private mutating func fetch(_ q: Int) {
    var merged: [UInt64: Int] = [:]
    for (set, measure) in atoms { merged[set | 1 << UInt64(q), default: 0] += measure }
    atoms = merged
    missing[q] = 0
  }

  /// Takes the page out of states of that measure, the fullest first.
  private mutating func drop(_ p: Int, measure: Int) {
    missing[p] += measure
    var left = measure
    let holders = atoms.keys.filter { $0 >> UInt64(p) & 1 == 1 }
      .sorted { ($0.nonzeroBitCount, $0) > ($1.nonzeroBitCount, $1) }
    for set in holders where left > 0 {
      let part = min(left, atoms[set, default: 0])
      shift(part, from: set, to: set & ~(1 << UInt64(p)))
      left -= part
    }
    precondition(left == 0)
  }

  private mutating func rebalance(_ i: Int) {
    let (floor, ceiling) = limits(i)
    while true {
      let outside = atoms.keys.filter { !(floor...ceiling).contains(count($0, i)) }
      guard
        let set = outside.max(by: {
          (distance(count($0, i), floor, ceiling), $0) < (
            distance(count($1, i), floor, ceiling), $1
          )
        })
      else { return }
      let full = count(set, i) > ceiling
      guard
        let other = atoms.keys.filter({
          full ? count($0, i) <= ceiling - 1 : count($0, i) >= floor + 1
        }).min()
      else { preconditionFailure("no partner") }
      exchange(full ? set : other, full ? other : set, level: i)
    }
  }

  private func distance(_ count: Int, _ floor: Int, _ ceiling: Int) -> Int {
    max(floor - count, count - ceiling)
  }

  /// Moves one page of exactly level i from the fuller to the emptier, in a common measure.
  private mutating func exchange(_ fuller: UInt64, _ emptier: UInt64, level i: Int) {
    let measure = min(atoms[fuller, default: 0], atoms[emptier, default: 0])
    guard
      let page = level.indices.first(where: {
        level[$0] == i && fuller >> UInt64($0) & 1 == 1 && emptier >> UInt64($0) & 1 == 0
      })
    else { preconditionFailure("no page to move") }
    let bit: UInt64 = 1 << UInt64(page)
    shift(measure, from: fuller, to: fuller & ~bit)
    shift(measure, from: emptier, to: emptier | bit)
  }

  private mutating func shift(_ measure: Int, from: UInt64, to: UInt64) {
    guard measure > 0 else { return }
    atoms[from, default: 0] -= measure
    if atoms[from] == 0 { atoms[from] = nil }
    atoms[to, default: 0] += measure
  }
}
