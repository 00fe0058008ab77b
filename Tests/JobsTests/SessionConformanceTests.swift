import Jobs
import Observability
import Testing

@Suite("Every store, sessions")
struct SessionConformanceTests {
  private func create(
    _ fixture: StoreFixture, owner: String = "ann", maximum: Int = 10
  ) throws -> SessionRecord? {
    let new = NewSession(
      id: fixture.ids.next(at: fixture.clock.now()), owner: owner, configuration: [1],
      snapshot: .inline([0]), next: 0, maximum: maximum)
    guard case .session(.created(let record)) = try fixture.apply(.session(.create(new))) else {
      throw Unexpected()
    }
    return record
  }

  private func entry(_ place: Int64) -> SessionEntry {
    SessionEntry(
      place: place, seq: (place - 1) * 10, next: place * 10,
      digest: SHA256Digest(of: [UInt8(place)]), request: [UInt8(place), 1],
      answer: [UInt8(place), 2])
  }

  private func append(
    _ fixture: StoreFixture, _ id: JobID, _ place: Int64, snapshot: [UInt8]? = nil
  ) throws -> SessionAppendOutcome {
    let mutation = SessionMutation.append(
      id, entry(place), snapshot: snapshot.map { .inline($0) })
    guard case .session(.appended(let outcome, _)) = try fixture.apply(.session(mutation)) else {
      throw Unexpected()
    }
    return outcome
  }

  @Test(arguments: StoreKind.available)
  func entriesFollowEachOtherWithoutGapsOrForks(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let id = try #require(try create(fixture)).id
    #expect(try append(fixture, id, 1) == .appended)
    #expect(try append(fixture, id, 1) == .behind(place: 1))
    #expect(try append(fixture, id, 3) == .behind(place: 1))
    #expect(try append(fixture, id, 2) == .appended)
    let stored = try #require(try fixture.store.sessionHistory(id, after: 0))
    #expect(stored.snapshot == .inline([0]) && stored.snapshotPlace == 0)
    #expect(stored.tail == [entry(1), entry(2)])
    #expect(stored.record.place == 2 && stored.record.next == 20)
    #expect(try fixture.store.sessionHistory(id, after: 1)?.tail == [entry(2)])
  }

  @Test(arguments: StoreKind.available)
  func aSnapshotShortensTheTail(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let id = try #require(try create(fixture)).id
    for place in Int64(1)...100 {
      #expect(try append(fixture, id, place, snapshot: place == 90 ? [9] : nil) == .appended)
    }
    let stored = try #require(try fixture.store.sessionHistory(id, after: 0))
    #expect(stored.snapshot == .inline([9]) && stored.snapshotPlace == 90)
    #expect(stored.tail.map(\.place) == Array(91...100))
  }

  @Test(arguments: StoreKind.available)
  func idleSessionsExpireAndAreForgottenLater(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let idle = try #require(try create(fixture)).id
    fixture.clock.advance(seconds: 60)
    let busy = try #require(try create(fixture)).id
    let expire = SessionMutation.expire(
      touchedBefore: fixture.clock.now(), forget: fixture.clock.now(), limit: 10)
    guard case .session(.expired(1, _)) = try fixture.apply(.session(expire)) else {
      throw Unexpected()
    }
    #expect(try fixture.store.session(idle)?.expiredAt == fixture.clock.now())
    #expect(try append(fixture, idle, 1) == .expired)
    #expect(try fixture.store.sessionHistory(idle, after: 0) == nil)
    #expect(try fixture.store.sessions(owner: nil, limit: 9, after: nil).map(\.id) == [busy])
    fixture.clock.advance(seconds: 1)
    let forget = SessionMutation.expire(
      touchedBefore: .init(milliseconds: 0), forget: fixture.clock.now(), limit: 10)
    _ = try fixture.apply(.session(forget))
    #expect(try fixture.store.session(idle) == nil)
    #expect(try append(fixture, idle, 1) == .notFound)
  }

  @Test(arguments: StoreKind.available)
  func sessionsAreListedByOwnerCountedAndDeleted(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let first = try #require(try create(fixture, maximum: 3)).id
    let second = try #require(try create(fixture, maximum: 3)).id
    let other = try #require(try create(fixture, owner: "bob", maximum: 3)).id
    #expect(try create(fixture, maximum: 3) == nil)
    let store = fixture.store
    #expect(try store.sessions(owner: "ann", limit: 9, after: nil).map(\.id) == [second, first])
    #expect(try store.sessions(owner: "ann", limit: 9, after: second).map(\.id) == [first])
    #expect(try store.sessions(owner: nil, limit: 1, after: nil).map(\.id) == [other])
    _ = try append(fixture, first, 1)
    guard case .session(.deleted(true, _)) = try fixture.apply(.session(.delete(first))),
      case .session(.deleted(false, _)) = try fixture.apply(.session(.delete(first)))
    else { throw Unexpected() }
    #expect(try store.session(first) == nil && store.sessionHistory(first, after: 0) == nil)
    #expect(try create(fixture, maximum: 3) != nil)
  }
}
