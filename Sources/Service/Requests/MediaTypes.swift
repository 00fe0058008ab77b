/// The media types that bodies come and go in.
enum MediaTypes {
  static let json = "application/json"
  static let safetensors = "application/vnd.safetensors"
  static let npy = "application/x-npy"
  static let npz = "application/x-npz"
  static let multipart = "multipart/form-data"
  static let octets = "application/octet-stream"
  static let text = "text/plain"

  /// What `Accept-Post` of an execution lists.
  static let executionBodies = [json, npy, npz, safetensors, multipart, octets]
}
