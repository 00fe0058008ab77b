extension PagingSession {
  /// What does not hold of the engine in it, if there is one.
  package func violations() -> [String] { engine?.violations() ?? [] }
}

/// The invariants, recomputed from scratch for tests.
extension PagingEngine {
  /// Sentences about what does not hold; empty when all is well. O(pages × M).
  package func violations() -> [String] {
    fractionViolations() + roundingViolations() + cacheViolations()
  }

  /// The page is in the virtual real state.
  package func isVirtuallyPresent(_ page: Int) -> Bool {
    masks.holds(page, state: masks.watched)
  }

  private func fractionViolations() -> [String] {
    var found: [String] = []
    var mass = 0.0
    for page in ledger.indices {
      if !ledger[page].requested {
        if clocks.rate[page] >= 0 || Int(masks.quanta[page]) != masks.states {
          found.append("page \(page): never requested but present")
        }
        continue
      }
      let y = missing(page)
      mass += 1 - y
      if !(y >= 0 && y <= 1) { found.append("page \(page): y = \(y)") }
      if clocks.rate[page] >= 0, clocks.rate[page] != ledger[page].rate {
        found.append("page \(page): clock of another class")
      }
      let stop = ledger[page].nextInteger - ledger[page].base
      if usesStops, stop < y - 1e-6 || stop > 2 + 1e-6 { found.append("page \(page): stop") }
      if clocks.taken[page] != masks.quanta[page] { found.append("page \(page): quanta differ") }
      let gap = Double(masks.quanta[page]) - y * Double(masks.states)
      if abs(gap) >= 1 + 1e-9 { found.append("page \(page): Y - M y = \(gap)") }
      if y == 1 && Int(masks.quanta[page]) != masks.states { found.append("page \(page): Y < M") }
    }
    if mass > Double(configuration.capacity) + 1e-6 { found.append("mass \(mass)") }
    if abs(mass - cachedMass) > 1e-6 { found.append("class sums drifted: \(mass - cachedMass)") }
    return found
  }

  private func roundingViolations() -> [String] {
    var found: [String] = []
    var counts = Array(
      repeating: Array(repeating: 0, count: masks.states), count: RoundingLevel.count)
    for page in ledger.indices {
      let level = Int(masks.level[page])
      if level != RoundingLevel.index(of: ledger[page].bounds.upper) {
        found.append("page \(page): wrong level")
      }
      var held = 0
      for state in 0..<masks.states where masks.holds(page, state: state) {
        held += 1
        for i in level..<RoundingLevel.count { counts[i][state] += 1 }
      }
      if held + Int(masks.quanta[page]) != masks.states { found.append("page \(page): mask") }
    }
    for i in 0..<RoundingLevel.count {
      let total = counts[i].reduce(0, +)
      let (floor, rest) = total.quotientAndRemainder(dividingBy: masks.states)
      let ceiling = rest == 0 ? floor : floor + 1
      if !unbalanced, counts[i].contains(where: { $0 < floor || $0 > ceiling }) {
        found.append("level \(i): unbalanced")
      }
      if !unbalanced, counts[i].contains(where: { $0 > configuration.capacity }) {
        found.append("level \(i): a state holds more than k pages")
      }
    }
    return found
  }

  private func cacheViolations() -> [String] {
    var found: [String] = []
    let stale = Set(cache.staleQueue())
    let present = ledger.indices.filter { cache.present[$0] }
    if present.count != cache.count || cache.count > configuration.capacity {
      found.append("physical cache holds \(present.count)")
    }
    for page in present where stale.contains(Int32(page)) == isVirtuallyPresent(page) {
      found.append("page \(page): stale queue")
    }
    if stale.contains(where: { !cache.present[Int($0)] }) { found.append("absent page stale") }
    return found
  }
}
