/** Position in a block of the k-th coefficient, T.81 figure A.6: along the diagonals, in turns up and down. */
export const zigzag = Uint8Array.from(
  Array.from({ length: 64 }, (_, position) => ({ position, row: position >> 3, column: position & 7 }))
    .toSorted((a, b) => {
      const diagonal = a.row + a.column - b.row - b.column;
      if (diagonal !== 0) return diagonal;
      return (a.row + a.column) % 2 === 0 ? b.row - a.row : a.row - b.row;
    })
    .map(({ position }) => position),
);
