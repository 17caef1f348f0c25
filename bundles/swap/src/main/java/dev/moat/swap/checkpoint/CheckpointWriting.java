package dev.moat.swap.checkpoint;

import dev.moat.api.host.HostFiles;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.CheckpointService.Manifest;
import dev.moat.api.swap.CheckpointService.Progress;
import dev.moat.api.swap.CheckpointService.Report;
import dev.moat.api.swap.Reopenable;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;

/** Writes one sandbox, which is at its safe point. */
final class CheckpointWriting {
    private final KernelTypes types;
    private final HostFiles host;
    private final Sandbox sandbox;
    private final Progress progress;

    CheckpointWriting(KernelTypes types, HostFiles host, Sandbox sandbox, Progress progress) {
        this.types = types;
        this.host = host;
        this.sandbox = sandbox;
        this.progress = progress;
    }

    /**
     * Writes the file; the sandbox can go on afterwards.
     *
     * @throws CheckpointException an object cannot be carried; there is no file
     */
    Report write(Path file, Manifest manifest) throws IOException {
        long startNs = System.nanoTime();
        progress.at("looking at kernel objects", 0, 0);
        saveRegisters();
        try (Saving saving = new Saving()) {
            // A rehearsal: what cannot be carried is found before anything is written.
            new ObjectWriter(types, OutputStream.nullOutputStream(), saving::prepare)
                    .write(sandbox);
            try (CheckpointOutput output = CheckpointOutput.create(file)) {
                try (OutputStream out = output.begin(Section.MANIFEST)) {
                    out.write(ManifestText.encode(manifest));
                }
                long objects;
                try (OutputStream out = new BufferedOutputStream(output.begin(Section.OBJECTS))) {
                    objects = new ObjectWriter(types, out, saving::prepare).write(sandbox);
                }
                long memory;
                try (OutputStream out = output.begin(Section.MEMORY)) {
                    memory = new MemoryPages(host, sandbox.memory().file(), progress).write(out);
                }
                long size = output.finish();
                return new Report(objects, memory, size, System.nanoTime() - startNs);
            }
        }
    }

    /** Only a task's own thread can read its registers. */
    private void saveRegisters() {
        List<Throwable> failures =
                sandbox.safePoint()
                        .onEachThread(thread -> {
                            if (thread.body() instanceof Reopenable task) {
                                task.checkpointing();
                            }
                        });
        if (!failures.isEmpty()) {
            throw new CheckpointException(
                    "registers cannot be read: " + failures.getFirst(), failures.getFirst());
        }
    }
}
