import assert from "node:assert/strict";
import { graphicsProtocol, graphicsSequence } from "../../services/producer/src/inspect/terminal-graphics.ts";

describe("pictures in a terminal", () => {
  const terminal = (term: string, program = "", isKitty = false) => graphicsProtocol({ term, program, isKitty });

  it("go to those that are known to show them, and to no other", () => {
    assert.equal(terminal("xterm-kitty"), "kitty");
    assert.equal(terminal("xterm-256color", "", true), "kitty");
    assert.equal(terminal("xterm-ghostty"), "kitty");
    assert.equal(terminal("xterm-256color", "iTerm.app"), "iterm2");
    assert.equal(terminal("xterm-256color", "WezTerm"), "iterm2");
    assert.equal(terminal("xterm-256color", "Apple_Terminal"), undefined);
    assert.equal(terminal("dumb"), undefined);
    assert.equal(terminal("tmux-256color", "tmux", true), undefined);
    assert.equal(terminal("screen", "iTerm.app"), undefined);
  });

  const png = Buffer.from(Array.from({ length: 10_000 }, (_, index) => (index * 7919) % 256));

  it("travel to kitty in chunks that make up the file, each but the last marked as to be continued", () => {
    const text = graphicsSequence(png, "kitty");
    const sequences = text
      .split("\u001b\\")
      .slice(0, -1)
      .map((sequence) => {
        assert.ok(sequence.startsWith("\u001b_G"));
        const [keys, chunk] = sequence.slice(3).split(";");
        return { keys, chunk: chunk! };
      });
    assert.equal(sequences.length, Math.ceil((png.length * 4) / 3 / 4096));
    assert.equal(sequences[0]!.keys, "a=T,f=100,m=1");
    assert.deepEqual(
      sequences.slice(1).map(({ keys }) => keys),
      sequences.slice(1).map((_, index) => `m=${index < sequences.length - 2 ? 1 : 0}`),
    );
    for (const { chunk } of sequences) assert.ok(chunk.length <= 4096);
    assert.deepEqual(Buffer.from(sequences.map(({ chunk }) => chunk).join(""), "base64"), png);
  });

  it("travel to iTerm2 in one piece with their size", () => {
    const [head, content] = graphicsSequence(png, "iterm2").split(":");
    assert.ok(head!.startsWith("\u001b]1337;File=inline=1;size="));
    assert.ok(content!.endsWith("\u0007\n"));
    const size = head!.split("size=")[1];
    assert.equal(Number(size), png.length);
    assert.deepEqual(Buffer.from(content!, "base64"), png);
  });
});
