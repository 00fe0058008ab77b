public import JSON
import WeightedPaging

/// A live session as the service holds it: bodies in, bodies out, by specs/paging.md, section 6.
///
/// A value: a call that throws has changed nothing. The state is a function of the creation body
/// (with its seed) and of the order of the bodies taken since, so that a log of bodies replays to
/// it exactly; equal calls give equal bytes.
public struct LivePagingSession: Sendable {
  private var session: PagingSession

  /// Reads the body of `POST /v1/paging/sessions`.
  /// - Parameter drawnSeed: used where the body names no seed; below 2^53, so that every JSON
  ///   reader gets it back exactly.
  public init(_ body: JSONElement, drawnSeed: UInt64) throws(PagingRefusal) {
    if let snapshot = body["snapshot"] {
      session = try PagingSnapshotDocument.session(
        snapshot, alone: body.members().count { _ in true } == 1)
      return
    }
    let configuration = try PagingSessionBodies.configuration(body, drawnSeed: drawnSeed)
    do {
      session = try PagingSession(configuration)
    } catch {
      throw PagingRefusal(error)
    }
  }

  /// A session from its stored bytes (`snapshot`).
  /// - Throws: 422 material where the bytes are not a whole session.
  public init(snapshot bytes: [UInt8]) throws(PagingRefusal) {
    do {
      session = try PagingSession(snapshot: bytes)
    } catch {
      throw PagingSnapshotDocument.refusal(error)
    }
  }

  /// Number of the next request.
  public var next: Int { session.next }
  /// About how many bytes of memory it takes.
  public var memoryEstimate: Int { session.memoryEstimate }
  /// The policy's name.
  public var policy: String { session.configuration.policy.rawValue }

  /// Reads a `…/requests` body, decides it and returns the answer's body.
  /// - Parameter digest: of the body's bytes; a retry with the same digest gets the same answer.
  public mutating func requests(
    _ body: JSONElement, digest: [UInt8]
  ) throws(PagingRefusal) -> [UInt8] {
    let batch = try PagingSessionBodies.batch(body, digest: digest)
    do {
      let answer = try session.advance(batch)
      return PagingSessionBodies.write(answer, of: session, withSamples: !batch.samples.isEmpty)
    } catch {
      throw PagingRefusal(error)
    }
  }

  /// Reads a `…/samples` body, takes the costs in and returns the answer's body.
  public mutating func samples(_ body: JSONElement) throws(PagingRefusal) -> [UInt8] {
    let samples = try PagingSessionBodies.samplesOnly(body)
    do {
      let answer = try session.report(samples)
      return JSONValue.object(PagingSessionBodies.document(answer)).serialized()
    } catch {
      throw PagingRefusal(error)
    }
  }

  /// The answer to the creation: the identity, `next` and everything that was decided.
  public func created(id: String) -> JSONObject {
    var document: JSONObject = ["session": .string(id), "next": .integer(Int64(next))]
    for (key, value) in PagingSessionBodies.document(session.configuration) {
      document[key] = value
    }
    return document
  }

  /// `GET …/{sid}`. Never the seed, the real state or the masks.
  public func view(id: String) -> JSONObject {
    PagingSessionBodies.document(session.view, of: session, id: id)
  }

  /// `GET …/{sid}/pages/{p}`; nil where the page was never requested.
  public func page(_ text: String) -> JSONObject? {
    let candidates = [Int64(text).map(PageID.integer), .string(text)].compactMap { $0 }
    for page in candidates {
      if let state = session.state(of: page) {
        return PagingSessionBodies.document(state, page: page)
      }
    }
    return nil
  }

  /// The exact state, to be stored.
  public func snapshot() -> [UInt8] { session.snapshot() }

  /// `GET …/{sid}/snapshot`: the exact state as a versioned document with a checksum.
  public func snapshotDocument() -> JSONObject {
    PagingSnapshotDocument.document(session.snapshot())
  }
}
