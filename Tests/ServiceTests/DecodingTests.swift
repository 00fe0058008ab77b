import HTTP
import HTTPTypes
import JSON
import Jobs
import Tensors
import Testing

@Suite struct DecodingTests {
  private static let x = Tensor(shape: [3], float64: [1, 2, 4])

  /// The same question in every form of body.
  static let forms: [(type: String, body: [UInt8], query: String)] = [
    (
      "application/json", Array(#"{"params":{"factor":3},"inputs":{"x":[1,2,4]}}"#.utf8), ""
    ),
    ("application/x-npy", NPY.write(x), "?factor=3"),
    ("application/x-npz", NPZ.write(["x": x]), "?factor=3"),
    ("application/vnd.safetensors", Safetensors.write(["x": x]), "?factor=3"),
    (
      "application/vnd.safetensors",
      Safetensors.write(["x": x], metadata: ["params": #"{"factor":3}"#]), ""
    ),
    (
      "application/vnd.safetensors",
      Safetensors.write(["x": x], metadata: ["params": #"{"factor":7}"#]), "?factor=3"
    ),
    ("application/octet-stream", NPY.write(x), "?factor=3"),
    ("application/octet-stream", NPZ.write(["x": x]), "?factor=3"),
    ("application/octet-stream", Safetensors.write(["x": x]), "?factor=3"),
    ("text/plain", Array("1\n2\n4\n".utf8), "?factor=3"),
    (
      "multipart/form-data; boundary=cut",
      multipart([("params", Array(#"{"factor":3}"#.utf8)), ("x", NPY.write(x))]), ""
    ),
    (
      "multipart/form-data; boundary=cut",
      multipart([("file", Safetensors.write(["x": x])), ("params", Array(#"{"factor":3}"#.utf8))]),
      ""
    ),
    ("multipart/form-data; boundary=cut", multipart([("a", NPZ.write(["x": x]))]), "?factor=3"),
  ]

  static func multipart(_ parts: [(name: String, content: [UInt8])]) -> [UInt8] {
    var body: [UInt8] = []
    for part in parts {
      body += "--cut\r\nContent-Disposition: form-data; name=\"\(part.name)\"; ".utf8
      body += "filename=\"f\"\r\nContent-Type: application/octet-stream\r\n\r\n".utf8
      body += part.content + Array("\r\n".utf8)
    }
    return body + Array("--cut--\r\n".utf8)
  }

  @Test func everyFormOfBodyIsTheSameQuestion() async throws {
    let fixture = try ServiceFixture()
    for form in Self.forms {
      let response = await fixture.execute(form.type, form.body, query: form.query)
      #expect(response.status == .ok, "\(form.type): \(response.text)")
      #expect(response.json["outputs"]?["y"]?.doubles == [3, 6, 12], "\(form.type)")
    }
    #expect(fixture.algorithm.gate.started == 1)
  }

  @Test func columnMajorAndBigEndianFilesAreTheSameQuestion() async throws {
    let fixture = try ServiceFixture()
    let rows = Tensor(shape: [2, 2], float64: [1, 2, 3, 4])
    let little = await validate(fixture, NPY.write(rows))
    var header = "{'descr': '>f8', 'fortran_order': True, 'shape': (2, 2), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    var file: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
    file += header.utf8
    for value in [1.0, 3, 2, 4] {
      withUnsafeBytes(of: value.bitPattern.bigEndian) { file += $0 }
    }
    #expect(await validate(fixture, file) == little)
  }

  private func validate(_ fixture: ServiceFixture, _ body: [UInt8]) async -> JSONValue? {
    await fixture.client.send(
      .post, "/v1/algorithms/double/validate", fields: [.contentType: "application/x-npy"],
      body: body
    ).json["digest"]
  }

  /// Bodies that are not taken: status, NAME, pointer.
  static let refusals: [(body: String, status: Int, name: String, pointer: String?)] = [
    ("", 422, "validation", ""),
    ("{", 400, "invalid-json", nil),
    (#"{"inputs":{"x":[1]},"inputs":{}}"#, 400, "invalid-json", "/inputs"),
    (#"{"inputs":{"x":[1e400]}}"#, 400, "invalid-json", "/inputs/x/0"),
    ("[]", 422, "validation", ""),
    (#"{"inputs":[]}"#, 422, "validation", "/inputs"),
    (#"{"params":3}"#, 422, "validation", "/params"),
    (#"{"inputs":{"x":[[1,2],[3]]}}"#, 422, "validation", "/inputs/x/1"),
    (#"{"inputs":{"x":[1,"a"]}}"#, 422, "validation", "/inputs/x/1"),
    (#"{"inputs":{"x":[1,null]}}"#, 422, "validation", "/inputs/x/1"),
    (#"{"inputs":{"x":[]}}"#, 422, "validation", "/inputs/x"),
    (#"{"inputs":{}}"#, 422, "validation", "/inputs/x"),
    (#"{"inputs":{"x":[1],"z":[1]}}"#, 422, "validation", "/inputs/z"),
    (#"{"params":{"facto":1},"inputs":{"x":[1]}}"#, 422, "validation", "/params/facto"),
    (#"{"params":{"factor":"a"},"inputs":{"x":[1]}}"#, 422, "validation", "/params/factor"),
    (#"{"inputs":{"x":[1]},"prority":1}"#, 422, "validation", "/prority"),
    (#"{"inputs":{"x":[1]},"priority":1001}"#, 422, "validation", "/priority"),
    (#"{"inputs":{"x":[1]},"seed":-1}"#, 422, "validation", "/seed"),
    (#"{"inputs":{"x":[1]},"timeout_seconds":0}"#, 422, "validation", "/timeout_seconds"),
    (#"{"inputs":{"x":[1]},"labels":{"a":1}}"#, 422, "validation", "/labels/a"),
    (#"{"inputs":{"x":[1]},"webhook":"https://a.test/"}"#, 422, "validation", "/webhook"),
    (
      #"{"inputs":{"x":{"dtype":"F64","shape":[1],"data":"!"}}}"#, 400, "invalid-tensor",
      "/inputs/x/data"
    ),
    (
      #"{"inputs":{"x":{"dtype":"C64","shape":[1],"data":""}}}"#, 422, "unsupported-dtype",
      "/inputs/x"
    ),
    (
      #"{"inputs":{"x":{"dtype":"I64","shape":[1],"data":"AAAAAAAAAAA="}}}"#, 422,
      "unsupported-dtype", "/inputs/x"
    ),
    (#"{"inputs":{"x":{"ref":"sha256-00"}}}"#, 422, "validation", "/inputs/x/ref"),
  ]

  @Test(arguments: refusals.indices)
  func refusesABodyWithItsPlace(_ index: Int) async throws {
    let (body, status, name, pointer) = Self.refusals[index]
    let fixture = try ServiceFixture()
    let response = await fixture.execute("application/json", Array(body.utf8))
    #expect(response.status.code == status, "\(body): \(response.text)")
    #expect(response.problem == name, "\(body)")
    #expect(response.pointer == pointer, "\(body): \(response.text)")
    #expect(response.json["request_id"]?.stringValue == response.fields[.requestID])
    #expect(response.json["error"] == response.json["detail"])
    #expect(response.json["instance"] == "/v1/algorithms/double/execution")
  }

  @Test func nonFiniteElementsAreRefusedWithTheirIndexInEveryFormat() async throws {
    let fixture = try ServiceFixture()
    for value in [Double.nan, .infinity, -.infinity] {
      let bad = Tensor(shape: [2, 2], float64: [1, 2, value, 4])
      let bodies: [(String, [UInt8])] = [
        ("application/x-npy", NPY.write(bad)), ("application/x-npz", NPZ.write(["x": bad])),
        ("application/vnd.safetensors", Safetensors.write(["x": bad])),
      ]
      for (type, body) in bodies {
        let response = await fixture.execute(type, body)
        #expect(response.status.code == 422, "\(type)")
        #expect(response.pointer == "/inputs/x/1/0", "\(type): \(response.text)")
      }
    }
  }

  @Test func cutFilesAreMalformedWhereverTheyAreCut() async throws {
    let fixture = try ServiceFixture()
    let x = Tensor(shape: [2], float64: [1, 2])
    for (type, file) in [
      ("application/x-npy", NPY.write(x)), ("application/x-npz", NPZ.write(["x": x])),
      ("application/vnd.safetensors", Safetensors.write(["x": x])),
    ] {
      for count in 1..<file.count {
        let response = await fixture.execute(type, Array(file.prefix(count)))
        #expect(response.status.code == 400, "\(type) cut at \(count): \(response.text)")
        #expect(response.problem == "invalid-tensor")
      }
    }
  }

  @Test func queriesAreReadByTheSchema() async throws {
    let fixture = try ServiceFixture()
    let file = NPY.write(Self.x)
    let good = await fixture.execute(
      "application/x-npy", file,
      query: "?weights=[1,2]&seed=4&priority=10&label.team=red&factor=0.5")
    #expect(good.json["report"] == ["factor": 0.5, "seed": 4])
    let listed = await fixture.get("/v1/jobs?label=team:red").json["items"]?[0]
    #expect(listed?["priority"] == 10)
    for (query, pointer) in [
      ("?facto=1", "/params/facto"), ("?factor=a", "/params/factor"),
      ("?weights=[1,true]", "/params/weights/1"), ("?seed=x", "/seed"),
      ("?factor=1&factor=2", "/params/factor"), ("?label.=x", "/labels/"),
    ] {
      let response = await fixture.execute("application/x-npy", file, query: query)
      #expect(response.status.code == 422, "\(query)")
      #expect(response.pointer == pointer, "\(query): \(response.text)")
    }
    let json = await fixture.execute(["inputs": ["x": [1]]], query: "?factor=3")
    #expect(json.status.code == 400)
    #expect(json.problem == "invalid-http")
    #expect(await fixture.get("/v1/algorithms?q=1").status.code == 400)
    #expect(await fixture.get("/livez?verbose=%zz").status.code == 400)
  }

  @Test func typesThatAreNotReadAreNamedWithThoseThatAre() async throws {
    let fixture = try ServiceFixture()
    for type in ["application/x-www-form-urlencoded", "image/png", "nonsense"] {
      let response = await fixture.execute(type, Array("x=1".utf8))
      #expect(response.status.code == 415, "\(type)")
      #expect(response.problem == "unsupported-media-type")
      #expect(response.fields[.named("Accept-Post")]?.contains("application/x-npy") == true)
    }
  }

  @Test func formsThatAreMalformedAreRefused() async throws {
    let fixture = try ServiceFixture()
    let type = "multipart/form-data; boundary=cut"
    let x = NPY.write(Self.x)
    let twice = Self.multipart([("x", x), ("x", x)])
    #expect(await fixture.execute(type, twice).pointer == "/inputs/x")
    let other = Self.multipart([("x", Array("hello".utf8))])
    #expect(await fixture.execute(type, other).problem == "invalid-tensor")
    let cut = Array(Self.multipart([("x", x)]).dropLast(9))
    #expect(await fixture.execute(type, cut).status.code == 400)
    #expect(await fixture.execute("multipart/form-data", twice).status.code == 400)
  }

  @Test func uploadedFilesStandForTensors() async throws {
    let fixture = try ServiceFixture()
    let file = Safetensors.write(["x": Self.x, "z": Tensor(shape: [1], float64: [5])])
    let name = SHA256Digest(of: file).description
    let put = await fixture.client.send(.put, "/v1/blobs/\(name)", body: file)
    #expect(put.status == .created)
    let wrong = await fixture.client.send(.put, "/v1/blobs/\(name)", body: file + [0])
    #expect(wrong.status.code == 422)
    #expect(wrong.problem == "digest-mismatch")
    let got = await fixture.get("/v1/blobs/\(name)")
    #expect(got.body == file)
    #expect(await fixture.client.send(.head, "/v1/blobs/\(name)").status == .ok)
    let reference: JSONValue = ["ref": .string(name), "name": "x"]
    let response = await fixture.execute(["inputs": ["x": reference]])
    #expect(response.json["outputs"]?["y"]?.doubles == [2, 4, 8])
    let unnamed = await fixture.execute(["inputs": ["x": ["ref": .string(name)]]])
    #expect(unnamed.pointer == "/inputs/x/name")
    let absent = "sha256-" + String(repeating: "0", count: 64)
    let unknown = await fixture.execute(["inputs": ["x": ["ref": .string(absent)]]])
    #expect(unknown.status.code == 422)
    #expect(unknown.pointer == "/inputs/x/ref")
    #expect(await fixture.get("/v1/blobs/\(absent)").status.code == 404)
    #expect(await fixture.get("/v1/blobs/abc").status.code == 404)
  }
}
