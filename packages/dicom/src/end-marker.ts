/** True when a JPEG, JPEG-LS or JPEG 2000 stream has its end marker FFD9, padding apart (PS3.5 A.4 pads to even length). */
export function endsWithEndMarker(stream: Uint8Array): boolean {
  let end = stream.length;
  while (end > 2 && stream.length - end < 16 && stream[end - 1] !== 0xd9) end--;
  return stream[end - 1] === 0xd9 && stream[end - 2] === 0xff;
}
