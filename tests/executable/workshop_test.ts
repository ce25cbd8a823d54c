/**
 * Whatever way a compilation ends, nothing half-made stays.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { TemporaryFolder } from "../temporary.ts";
import { Workshop } from "./workshop.ts";

function namesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

Deno.test("Workshop leaves nothing, and the place that was there", () => {
  using folder = new TemporaryFolder();
  for (const place of [folder.path, `${folder.path}/new`]) {
    using workshop = new Workshop(place);
    Deno.writeTextFileSync(`${workshop.folder}/half-made`, "half");
    assertEquals(namesIn(place).length, 1);
  }
  assertEquals(namesIn(folder.path), []);
});

Deno.test("Workshop leaves what is kept", () => {
  using folder = new TemporaryFolder();
  const place = `${folder.path}/new`;
  {
    using workshop = new Workshop(place);
    Deno.writeTextFileSync(`${workshop.folder}/half-made`, "half");
    Deno.writeTextFileSync(`${workshop.folder}/made`, "whole");
    workshop.keep(`${workshop.folder}/made`, `${place}/program`);
  }
  assertEquals(namesIn(place), ["program"]);
  assertEquals(Deno.readTextFileSync(`${place}/program`), "whole");
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`Workshop leaves nothing after ${signal}`, async () => {
    using folder = new TemporaryFolder();
    const place = `${folder.path}/new`;
    const module = new URL("workshop.ts", import.meta.url).href;
    const script = `import { Workshop } from "${module}";
      const workshop = new Workshop("${place}");
      Deno.writeTextFileSync(workshop.folder + "/half-made", "half");
      Deno.stdout.writeSync(new TextEncoder().encode("begun"));
      setTimeout(() => {}, 60_000);`;
    Deno.writeTextFileSync(`${folder.path}/script.ts`, script);
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `${folder.path}/script.ts`],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const reader = process.stdout.getReader();
    await reader.read();
    assertEquals(namesIn(place).length, 1);
    process.kill(signal);
    assertEquals((await process.status).code, 130);
    await reader.cancel();
    assertEquals(namesIn(folder.path), ["script.ts"]);
  });
}
