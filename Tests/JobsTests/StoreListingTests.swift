import Jobs
import Observability
import Testing

/// Lists, filters and the order of changes, on every store.
@Suite("Every store, looking")
struct StoreListingTests {
  @Test(arguments: StoreKind.available)
  func filtersAgreeWithTheReference(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let labels = [JobLabel(name: "x", value: "1"), JobLabel(name: "y", value: "2")]
    for index in 0..<24 {
      let job = try fixture.submit {
        $0.owner = index % 2 == 0 ? "ann" : "bob"
        $0.algorithm = index % 3 == 0 ? "a" : "b"
        $0.labels = Array(labels.prefix(index % 3))
      }
      if index % 4 == 1 { _ = try fixture.apply(.cancel(job.id)) }
      fixture.clock.advance(milliseconds: 250)
    }
    let all = try fixture.store.jobs(matching: JobFilter(), limit: 100, after: nil)
    #expect(all.count == 24 && all.map(\.id) == all.map(\.id).sorted(by: >))
    let middle = all[12].createdAt
    let filters = [
      JobFilter(owner: "ann"), JobFilter(states: [.cancelled]), JobFilter(algorithm: "b"),
      JobFilter(states: [.queued, .cancelled]), JobFilter(labels: labels),
      JobFilter(labels: [labels[0]]), JobFilter(createdAfter: middle),
      JobFilter(
        owner: "bob", states: [.queued], algorithm: "b", labels: [labels[0]],
        createdAfter: middle),
      JobFilter(owner: "nobody"),
    ]
    for filter in filters {
      let found = try fixture.store.jobs(matching: filter, limit: 100, after: nil)
      #expect(found == all.filter { filter.matches($0) }, "\(filter)")
    }
  }

  @Test(arguments: StoreKind.available)
  func pagesJoinToTheWhole(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    for _ in 0..<7 { _ = try fixture.submit() }
    let all = try fixture.store.jobs(matching: JobFilter(), limit: 100, after: nil)
    var pages: [JobRecord] = []
    while true {
      let page = try fixture.store.jobs(
        matching: JobFilter(), limit: 3, after: pages.last?.id)
      if page.isEmpty { break }
      pages += page
    }
    #expect(pages == all)
  }

  @Test(arguments: StoreKind.available)
  func everyChangeIsSeenOnceInOrder(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let begin = try fixture.store.lastChange()
    let one = try fixture.submit { $0.owner = "ann" }
    let two = try fixture.submit { $0.owner = "bob" }
    _ = try fixture.claimOne()
    // PostgreSQL tells of a change once no older transaction is open on the whole server, and other
    // tests use the same server: asked until it does.
    var questions = 0
    while questions < 50_000,
      try fixture.store.changes(after: begin, owner: nil, limit: 10).jobs.map(\.id)
        != [two.id, one.id]
    { questions += 1 }
    let (jobs, last) = try fixture.store.changes(after: begin, owner: nil, limit: 10)
    #expect(jobs.map(\.id) == [two.id, one.id])
    #expect(jobs.map(\.changeNumber) == jobs.map(\.changeNumber).sorted())
    #expect(try fixture.store.changes(after: last, owner: nil, limit: 10).jobs.isEmpty)
    #expect(
      try fixture.store.changes(after: begin, owner: "bob", limit: 10).jobs.map(\.id) == [two.id])
    let (first, next) = try fixture.store.changes(after: begin, owner: nil, limit: 1)
    let (rest, _) = try fixture.store.changes(after: next, owner: nil, limit: 10)
    #expect(first.map(\.id) == [two.id] && rest.map(\.id) == [one.id])
  }

  @Test(arguments: StoreKind.available)
  func theQueueIsCountedByAlgorithm(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    for _ in 0..<3 { _ = try fixture.submit() }
    _ = try fixture.submit { $0.algorithm = "b" }
    _ = try fixture.claim(algorithms: ["a"], most: 2)
    let counts = try fixture.store.queue().counts
    func count(_ algorithm: String, _ state: JobState) -> Int {
      counts.first { $0.algorithm == algorithm && $0.state == state }?.count ?? 0
    }
    #expect(count("a", .queued) == 1 && count("a", .running) == 2 && count("b", .queued) == 1)
    #expect(try fixture.store.waiting(limit: 10).count == 2)
  }

  @Test(arguments: StoreKind.available)
  func progressRaisesTheRevisionOfEveryJobThatShares(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let key = SHA256Digest(of: [1])
    let one = try fixture.submit { $0.digest = key }
    let two = try fixture.submit { $0.digest = key }
    let claim = try fixture.claimOne().claim
    let progress = JobProgress(fraction: 0.25, step: 5, total: 20, message: "sweep")
    _ = try fixture.apply(.progress(claim, progress))
    for job in [one, two] {
      let record = try fixture.record(job.id)
      #expect(record.progress == progress && record.revision == 3)
    }
  }
}
