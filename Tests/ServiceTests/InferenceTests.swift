import HTTP
import HTTPTypes
import JSON
import Tensors
import Testing

@Suite struct InferenceTests {
  @Test func theServerAndItsModelsDescribeThemselves() async throws {
    let fixture = try ServiceFixture()
    #expect(await fixture.get("/v2").json["extensions"] == ["binary_tensor_data"])
    #expect(await fixture.get("/v2/health/live").status == .ok)
    #expect(await fixture.get("/v2/health/ready").status == .ok)
    let model = await fixture.get("/v2/models/double").json
    #expect(model["inputs"]?[0]?["name"] == "x")
    #expect(model["inputs"]?[0]?["datatype"] == "FP64")
    #expect(await fixture.get("/v2/models/double/ready").json["ready"] == true)
    #expect(await fixture.get("/v2/models/none").status.code == 404)
    let product = try ServiceFixture(isProduct: true)
    #expect(await product.get("/v2/models/paging").status.code == 404)
    #expect(await product.get("/v2/models/dualize").status == .ok)
  }

  @Test func infersFromJSON() async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.post(
      "/v2/models/double/infer",
      [
        "id": "7", "parameters": ["factor": 3, "weights": "[1,2]"],
        "inputs": [["name": "x", "datatype": "FP32", "shape": [2, 2], "data": [1, 2, 3, 4]]],
      ])
    #expect(response.status == .ok, "\(response.text)")
    #expect(response.json["id"] == "7")
    #expect(response.json["model_name"] == "double")
    #expect(response.json["outputs"]?[0]?["datatype"] == "FP32")
    #expect(response.json["outputs"]?[0]?["shape"] == [2, 2])
    #expect(response.json["outputs"]?[0]?["data"]?.doubles == [3, 6, 9, 12])
  }

  @Test func infersFromBinaryTensorsToBinaryTensors() async throws {
    let fixture = try ServiceFixture()
    let x = Tensor(shape: [3], float64: [1, 2, 4])
    let raw = x.withRowMajorBytes { Array($0) }
    let header: JSONValue = [
      "inputs": [
        [
          "name": "x", "datatype": "FP64", "shape": [3],
          "parameters": ["binary_data_size": .integer(Int64(raw.count))],
        ]
      ], "parameters": ["binary_data_output": true],
    ]
    let text = header.serialized()
    let name = HTTPField.Name.named("Inference-Header-Content-Length")
    let response = await fixture.client.send(
      .post, "/v2/models/double/infer",
      fields: [.contentType: "application/octet-stream", name: "\(text.count)"],
      body: text + raw)
    let length = try #require(response.fields[name].flatMap { Int($0) }, "\(response.text)")
    let answer = try JSONValue.parse(Array(response.body.prefix(length)))
    #expect(answer["outputs"]?[0]?["parameters"]?["binary_data_size"] == 24)
    let y = Tensor(shape: [3], float64: [2, 4, 8])
    #expect(Array(response.body.dropFirst(length)) == y.withRowMajorBytes { Array($0) })
    let surplus = await fixture.client.send(
      .post, "/v2/models/double/infer", fields: [name: "\(text.count)"], body: text + raw + [0])
    #expect(surplus.status.code == 400)
  }

  @Test func refusalsAreProblemsWithAnErrorMember() async throws {
    let fixture = try ServiceFixture()
    let cases: [(JSONValue, Int, String)] = [
      (["inputs": 3], 422, "/inputs"),
      (["inputs": [["datatype": "FP64", "shape": [1], "data": [1]]]], 422, "/inputs/0/name"),
      (
        ["inputs": [["name": "x", "datatype": "C", "shape": [1], "data": [1]]]], 422,
        "/inputs/0/datatype"
      ),
      (
        ["inputs": [["name": "x", "datatype": "FP64", "shape": [2], "data": [1]]]], 422,
        "/inputs/0/data"
      ),
      (
        [
          "inputs": [["name": "x", "datatype": "FP64", "shape": [1], "data": [1]]],
          "outputs": [["name": "z"]],
        ], 422, "/outputs/0"
      ),
    ]
    for (body, status, pointer) in cases {
      let response = await fixture.post("/v2/models/double/infer", body)
      #expect(response.status.code == status, "\(response.text)")
      #expect(response.pointer == pointer, "\(response.text)")
      #expect(response.json["error"]?.stringValue?.isEmpty == false)
    }
  }
}
