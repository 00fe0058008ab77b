/// First normals of seed 42, stream 7, as bit patterns.
///
/// Generator: Philox4x32-10 and the polar method written out in another language (exact integers,
/// IEEE double arithmetic, the same series for the logarithm).
enum GoldenNormals {
  static let seed42Stream7: [UInt64] = [
    0x3fe7_0a8e_727d_ef0d, 0xbfd3_59af_4cd4_9144,
    0xbfdb_6faf_8df0_cfc5, 0xbff1_eb49_e5f1_2f16,
  ]
}
