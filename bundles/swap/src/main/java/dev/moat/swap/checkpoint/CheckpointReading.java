package dev.moat.swap.checkpoint;

import dev.moat.api.host.HostFiles;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.CheckpointService.Manifest;
import dev.moat.api.swap.CheckpointService.Progress;
import dev.moat.api.swap.CheckpointService.Restore;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.SandboxRevival;
import dev.moat.api.swap.SandboxRevival.Revived;
import dev.moat.api.swap.Suspendable;
import java.io.BufferedInputStream;
import java.io.IOException;

/** Brings one sandbox back from a file whose manifest has been read. */
final class CheckpointReading {
    private final KernelTypes types;
    private final HostFiles host;
    private final SandboxRevival revival;
    private final Progress progress;

    CheckpointReading(
            KernelTypes types, HostFiles host, SandboxRevival revival, Progress progress) {
        this.types = types;
        this.host = host;
        this.revival = revival;
        this.progress = progress;
    }

    /**
     * Reads the rest of {@code input} and starts the sandbox when all of it is there and right.
     *
     * @throws CheckpointException the file is not what it should be
     */
    Sandbox read(CheckpointInput input, Manifest manifest, Restore request) throws IOException {
        progress.at("reading kernel objects", 0, 0);
        ObjectGraph graph = readObjects(input);
        if (!(graph.complete() instanceof Sandbox sandbox)) {
            throw new CheckpointException(Section.OBJECTS + " is damaged: it holds no sandbox");
        }
        try (Revived revived = revival.begin(sandbox, request)) {
            reopen(graph, Reopenable.Stage.MEMORY, revived);
            try (SectionInput in = input.begin(Section.MEMORY)) {
                new MemoryPages(host, sandbox.memory().file(), progress).read(in);
                in.expectEnd();
            }
            input.expectEnd();
            reopen(graph, Reopenable.Stage.RESOURCES, revived);
            reopen(graph, Reopenable.Stage.NAMES, revived);
            reopen(graph, Reopenable.Stage.FILES, revived);
            revived.openPlatform();
            HostCpu.requireRoom(manifest.cpu(), sandbox.platform().fpStateBytes());
            graph.all(Restorable.class).forEach(Restorable::restored);
            graph.all(Suspendable.class).forEach(Suspendable::resume);
            revived.start();
            return sandbox;
        }
    }

    private ObjectGraph readObjects(CheckpointInput input) throws IOException {
        SectionInput section = input.begin(Section.OBJECTS);
        ObjectGraph graph =
                new ObjectReader(types, new BufferedInputStream(new LimitedInput(section))).read();
        section.expectEnd();
        return graph;
    }

    private static void reopen(ObjectGraph graph, Reopenable.Stage stage, Revived revived) {
        for (Reopenable object : graph.all(Reopenable.class)) {
            if (object.stage() == stage) {
                object.reopen(revived.restoration());
            }
        }
    }
}
