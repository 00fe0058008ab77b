import FoundationEssentials
import HTTP
import HTTPTypes
import JSON
import Jobs
import Tensors
import Testing

@Suite struct ResultRouteTests {
  /// A fixture with one finished job over `count` numbers.
  private func finished(_ count: Int = 3) async throws -> (ServiceFixture, String) {
    let fixture = try ServiceFixture()
    let x = Tensor(shape: [count], float64: (0..<count).map(Double.init))
    let response = await fixture.execute("application/x-npy", NPY.write(x))
    return (fixture, try #require(response.json["job_id"]?.stringValue))
  }

  @Test func everyFormHoldsTheSameNumbers() async throws {
    let (fixture, id) = try await finished()
    let path = "/v1/jobs/\(id)/results"
    let y = Tensor(shape: [3], float64: [0, 2, 4])
    let json = await fixture.get(path)
    #expect(json.json["outputs"]?["y"]?.doubles == [0, 2, 4])
    let base64 = await fixture.get(path + "?tensors=base64").json["outputs"]?["y"]
    #expect(base64?["dtype"] == "F64")
    #expect(base64?["shape"] == [3])
    let safetensors = await fixture.get(path, [.accept: "application/vnd.safetensors"])
    let (tensors, metadata) = try Safetensors.read(SharedBytes(safetensors.body))
    #expect(tensors == ["y": y])
    #expect(try JSONValue.parse(metadata["report"] ?? "") == json.json["report"])
    let npz = await fixture.get(path, [.accept: "application/x-npz"])
    #expect(try NPZ.read(SharedBytes(npz.body)) == ["y": y])
    let npy = await fixture.get(path, [.accept: "application/x-npy"])
    #expect(try NPY.read(SharedBytes(npy.body)) == y)
    let named = await fixture.get(path + "?output=y", [.accept: "application/x-npy"])
    #expect(named.body == npy.body)
    #expect(await fixture.get(path + "?output=z").status.code == 404)
    #expect(await fixture.get(path + "?tensors=text").status.code == 400)
  }

  @Test func tagsDifferBetweenFormsAndAnswer304() async throws {
    let (fixture, id) = try await finished()
    let path = "/v1/jobs/\(id)/results"
    var tags: Set<String> = []
    let forms: [(String, String)] = [
      (path, "application/json"), (path + "?tensors=base64", "application/json"),
      (path, "application/vnd.safetensors"), (path, "application/x-npz"),
      (path, "application/x-npy"), (path + "/y", "application/x-npy"),
      (path + "/y", "application/octet-stream"), (path + "/y", "application/json"),
    ]
    for (target, type) in forms {
      let response = await fixture.get(target, [.accept: type])
      let tag = try #require(response.fields[.eTag])
      #expect(tags.insert(tag).inserted, "\(target) \(type)")
      #expect(response.fields[.contentType] == type)
      #expect(response.fields[.vary] == "Accept, Accept-Encoding")
      let again = await fixture.get(target, [.accept: type, .ifNoneMatch: "\"other\", \(tag)"])
      #expect(again.status == .notModified)
      #expect(again.fields[.eTag] == tag)
      let head = await fixture.client.send(.head, target, fields: [.accept: type])
      #expect(head.body.isEmpty)
      #expect(head.fields[.contentLength] == response.fields[.contentLength])
    }
  }

  /// A cache finds what it has by the tag of the 304 (RFC 9110, section 15.4.5).
  @Test func a304NamesTheCodedForm() async throws {
    let (fixture, id) = try await finished()
    for target in ["/v1/jobs/\(id)/results", "/openapi.json"] {
      let plain = try #require(await fixture.get(target).fields[.eTag])
      let coded = plain.dropLast() + "-gzip\""
      let fields: HTTPFields = [.acceptEncoding: "gzip", .ifNoneMatch: "\(plain), \(coded)"]
      let response = await fixture.get(target, fields)
      #expect(response.status == .notModified)
      #expect(response.fields[.eTag] == String(coded))
    }
  }

  @Test func whoWantsAnotherRepresentationIsTold() async throws {
    let (fixture, id) = try await finished()
    let target = "/v1/jobs/\(id)/results"
    let tag = try #require(await fixture.get(target).fields[.eTag])
    #expect(await fixture.get(target, [.ifMatch: tag]).status == .ok)
    #expect(await fixture.get(target, [.ifMatch: "*"]).status == .ok)
    for fields: HTTPFields in [[.ifMatch: "\"x\""], [.ifMatch: "\"x\"", .ifNoneMatch: tag]] {
      let response = await fixture.get(target, fields)
      #expect(response.status.code == 412)
      #expect(response.problem == "precondition-failed")
    }
    #expect(await fixture.get("/openapi.json", [.ifMatch: "\"x\""]).status.code == 412)
  }

  @Test func contentDigestIsThatOfTheBody() async throws {
    let (fixture, id) = try await finished()
    for type in ["application/vnd.safetensors", "application/x-npz", "application/json"] {
      let response = await fixture.get("/v1/jobs/\(id)/results", [.accept: type])
      let digest = Data(SHA256Digest(of: response.body).bytes).base64EncodedString()
      #expect(response.fields[.named("Content-Digest")] == "sha-256=:\(digest):", "\(type)")
    }
    let coded = await fixture.get("/v1/jobs/\(id)/results", [.acceptEncoding: "gzip"])
    #expect(coded.fields[.named("Content-Digest")] == nil)
  }

  /// Small results are in their row, large ones in a file.
  @Test(arguments: [3, 20_000], ["application/vnd.safetensors", "application/x-npy"])
  func binaryFormsAreSentInParts(_ count: Int, _ type: String) async throws {
    let (fixture, id) = try await finished(count)
    let path = "/v1/jobs/\(id)/results"
    let accept: HTTPFields = [.accept: type]
    let whole = await fixture.get(path, accept)
    #expect(whole.fields[.acceptRanges] == "bytes")
    let digest = Data(SHA256Digest(of: whole.body).bytes).base64EncodedString()
    #expect(whole.fields[.named("Content-Digest")] == "sha-256=:\(digest):")
    let size = whole.body.count
    // The head of an npy file has 128 bytes.
    for (range, bounds) in [
      ("bytes=0-0", 0..<1), ("bytes=5-", 5..<size), ("bytes=-4", size - 4..<size),
      ("bytes=2-999999999", 2..<size), ("bytes=0-127", 0..<128), ("bytes=128-130", 128..<131),
      ("bytes=126-129", 126..<130),
    ] {
      var fields = accept
      fields[.range] = range
      let part = await fixture.get(path, fields)
      #expect(part.status == .partialContent, "\(range)")
      #expect(part.body == Array(whole.body[bounds]), "\(range)")
      #expect(part.fields[.named("Repr-Digest")] == "sha-256=:\(digest):", "\(range)")
      #expect(
        part.fields[.contentRange]
          == "bytes \(bounds.lowerBound)-\(bounds.upperBound - 1)/\(size)")
      fields[.ifRange] = "\"stale\""
      #expect(await fixture.get(path, fields).status == .ok)
    }
    var beyond = accept
    beyond[.range] = "bytes=\(size)-"
    let refused = await fixture.get(path, beyond)
    #expect(refused.status.code == 416)
    #expect(refused.fields[.contentRange] == "bytes */\(size)")
    #expect(refused.fields[.cacheControl] == "no-store")
    #expect(refused.json["request_id"]?.stringValue == refused.fields[.requestID])
    let json = await fixture.get(path, [.range: "bytes=0-3"])
    #expect(json.status == .ok)
  }

  /// The data of a stored file is sent from where it is; what was put together must be the same.
  @Test func aStoredTensorIsTheSameNpyAsAWrittenOne() async throws {
    let (fixture, id) = try await finished(20_000)
    let path = "/v1/jobs/\(id)/results"
    let y = Tensor(shape: [20_000], float64: (0..<20_000).map { Double(2 * $0) })
    for target in [path, path + "?output=y"] {
      let npy = await fixture.get(target, [.accept: "application/x-npy"])
      #expect(npy.body == NPY.write(y))
      let tag = try #require(npy.fields[.eTag])
      let again = await fixture.get(target, [.accept: "application/x-npy", .ifNoneMatch: tag])
      #expect(again.status == .notModified)
    }
    let other = await fixture.get(path + "?output=z", [.accept: "application/x-npy"])
    #expect(other.status.code == 404)
  }

  @Test func oneTensorComesInFourForms() async throws {
    let (fixture, id) = try await finished()
    let path = "/v1/jobs/\(id)/results/y"
    let y = Tensor(shape: [3], float64: [0, 2, 4])
    let npy = await fixture.get(path)
    #expect(npy.fields[.contentType] == "application/x-npy")
    #expect(try NPY.read(SharedBytes(npy.body)) == y)
    let raw = await fixture.get(path, [.accept: "application/octet-stream"])
    #expect(raw.body == y.withRowMajorBytes { Array($0) })
    #expect(raw.fields[.named("X-Tensor-Dtype")] == "F64")
    #expect(raw.fields[.named("X-Tensor-Shape")] == "3")
    #expect(await fixture.get(path, [.accept: "application/json"]).json.doubles == [0, 2, 4])
    let file = await fixture.get(path, [.accept: "application/vnd.safetensors"])
    #expect(try Safetensors.read(SharedBytes(file.body)).tensors == ["y": y])
    #expect(await fixture.get(path, [.accept: "image/png"]).status.code == 406)
    #expect(await fixture.get("/v1/jobs/\(id)/results/z").status.code == 404)
  }

  @Test func anUnfinishedJobHasNoResultYet() async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.execute(
      ["params": ["mode": "wait"], "inputs": ["x": [1]]], [.prefer: "respond-async"])
    let id = response.json["id"]?.stringValue ?? ""
    let result = await fixture.get("/v1/jobs/\(id)/results")
    #expect(result.status.code == 409)
    #expect(result.problem == "job-not-finished")
    #expect(result.fields[.retryAfter] != nil)
  }

  @Test(arguments: [
    ("application/json", "application/json"), ("*/*", "application/json"),
    ("application/*;q=0.5", "application/json"),
    ("application/x-npz, application/json;q=0.9", "application/x-npz"),
    ("text/html, application/vnd.safetensors;q=0.1", "application/vnd.safetensors"),
    ("application/json;q=0, */*", "application/vnd.safetensors"),
  ])
  func acceptChoosesTheForm(_ accept: String, _ type: String) async throws {
    let (fixture, id) = try await finished()
    let response = await fixture.get("/v1/jobs/\(id)/results", [.accept: accept])
    #expect(response.fields[.contentType] == type)
  }

  @Test func whatNothingCanSatisfyIsRefusedBeforeComputing() async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.execute(["inputs": ["x": [1]]], [.accept: "image/png"])
    #expect(response.status.code == 406)
    #expect(response.problem == "not-acceptable")
    #expect(fixture.algorithm.gate.started == 0)
  }
}
