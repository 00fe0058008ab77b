import JSON
import TestSupport
import Testing
import WeightedPaging

@Suite struct FractionalSolverTests {
  @Test(.enabled(if: Reference.has("fractional"), "../shared is not here"))
  func trajectoriesAgreeWithTheReference() throws {
    for (index, item) in try Reference.cases("fractional").enumerated() {
      let run = try ReferenceRun(item)
      try run.check("case \(index) \(run.mode) k=\(run.solver.capacity)")
    }
  }

  @Test func costOfEachRequestIsShared() {
    // k = 1, two pages of weight 1: each request moves the other page fully out.
    var solver = FractionalSolver(
      capacity: 1, pages: 2, rule: .kl, scale: ConfidenceScale(pages: 2, horizon: 2),
      knownWeights: [1, 1])
    for page in [0, 1, 0, 1] { _ = solver.request(page) { _ in 1 } }
    #expect(solver.pages[0].missing == 1 && solver.pages[1].missing == 0)
    #expect(solver.costAtUpper == 3)
  }
}

/// One case of fractional.json.
private struct ReferenceRun {
  let mode: String
  let solver: FractionalSolver
  private let item: JSONValue
  private let samples: [[Double]]

  init(_ item: JSONValue) throws {
    self.item = item
    mode = try #require(item["mode"]?.stringValue)
    samples = item["samples"]?.arrayValue?.compactMap(\.doubles) ?? []
    solver = FractionalSolver(
      capacity: try #require(item.integer("k")), pages: try #require(item.integer("n")),
      rule: mode == "paper" ? .paper : .kl,
      scale: ConfidenceScale(
        pages: Double(try #require(item.integer("nHat"))),
        horizon: Double(try #require(item.integer("THat")))),
      knownWeights: mode == "known" ? item["weights"]?.doubles : nil)
  }

  func check(_ name: String) throws {
    var solver = self.solver
    var used = Array(repeating: 0, count: solver.pages.count)
    var events: [[Int]] = []
    let rows = try #require(item["y"]?.arrayValue).compactMap(\.doubles)
    let limits = try #require(item["classLimits"]?.arrayValue)
    var row = 0
    for (t, page) in try #require(item["trace"]?.integers).enumerated() {
      let consumed = solver.request(page) { page in
        defer { used[page] += 1 }
        return samples[page][used[page]]
      }
      events += consumed.map { [t, $0.page, $0.first ? 1 : 0] }
      guard row < rows.count, Int(rows[row][0]) == t else { continue }
      for (p, expected) in rows[row].dropFirst().enumerated() {
        #expect(abs(solver.pages[p].missing - expected) <= 1e-9, "\(name) t=\(t) page \(p)")
      }
      try checkClasses(solver, limits[row], "\(name) t=\(t)")
      row += 1
    }
    #expect(row == rows.count)
    #expect(events == item["sampleEvents"]?.arrayValue?.compactMap(\.integers), "\(name)")
    try checkEnd(solver, name)
  }

  private func checkEnd(_ solver: FractionalSolver, _ name: String) throws {
    for (p, page) in solver.pages.enumerated() {
      let moved = try #require(item["moved"]?[p]?.doubleValue)
      #expect(abs(page.moved - moved) <= 1e-8, "\(name) moved of \(p)")
      guard let lower = item["lcb"]?[p]?.doubleValue, let upper = item["ucb"]?[p]?.doubleValue
      else { continue }
      #expect(abs(page.bounds.lower - lower) <= 1e-9 * lower, "\(name) lcb of \(p)")
      #expect(abs(page.bounds.upper - upper) <= 1e-9 * upper, "\(name) ucb of \(p)")
    }
    let cost = try #require(item["costAtUCB"]?.doubleValue)
    #expect(abs(solver.costAtUpper - cost) <= 1e-8 * max(1, cost), "\(name) cost")
  }

  /// Floor and ceiling of the cached mass by class, which every rounded state has to keep.
  private func checkClasses(_ solver: FractionalSolver, _ expected: JSONValue, _ name: String)
    throws
  {
    var held = Array(repeating: 0.0, count: RoundingLevel.count)
    var seen = Array(repeating: false, count: RoundingLevel.count)
    for page in solver.pages where page.requested {
      let level = RoundingLevel.index(of: page.bounds.upper)
      seen[level] = true
      for i in level..<RoundingLevel.count { held[i] += 1 - page.missing }
    }
    var limits: [[Int]] = []
    for i in seen.indices where seen[i] {
      limits.append([-i, Int((held[i] + 1e-9).rounded(.down)), Int((held[i] - 1e-9).rounded(.up))])
    }
    #expect(limits == expected.arrayValue?.compactMap(\.integers), "\(name) classes")
  }
}
