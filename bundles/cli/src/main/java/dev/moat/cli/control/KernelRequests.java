package dev.moat.cli.control;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.swap.CheckpointService;
import dev.moat.api.swap.CheckpointService.Afterwards;
import dev.moat.api.swap.CheckpointService.Report;
import dev.moat.cli.Kernel;
import dev.moat.lib.json.JsonObject;
import java.nio.file.Path;

/** What a kernel host does for commands of other terminals. */
public final class KernelRequests implements ControlServer.Handler {
    private final Kernel kernel;

    public KernelRequests(Kernel kernel) {
        this.kernel = kernel;
    }

    @Override
    public JsonObject handle(JsonObject request, ControlServer.ProgressSink progress) {
        String kind = request.string("do");
        return switch (kind) {
            case "list" -> list();
            case "checkpoint" -> checkpoint(request, progress);
            default ->
                    throw new ControlException("this kernel host knows no request '" + kind + "'");
        };
    }

    private JsonObject list() {
        return JsonObject.create()
                .with(
                        "sandboxes",
                        kernel.service(SandboxManager.class).sandboxes().stream()
                                .map(Sandbox::name)
                                .toList());
    }

    private JsonObject checkpoint(JsonObject request, ControlServer.ProgressSink progress) {
        String name = request.string("sandbox");
        Sandbox sandbox =
                kernel.service(SandboxManager.class)
                        .sandbox(name)
                        .orElseThrow(
                                () -> new ControlException("no sandbox '" + name + "' is running"));
        Report report =
                kernel.service(CheckpointService.class)
                        .checkpoint(
                                sandbox,
                                Path.of(request.string("file")),
                                new CheckpointService.Request(
                                        request.flag("leaveRunning")
                                                ? Afterwards.RUN
                                                : Afterwards.END,
                                        CheckpointService.SAFE_POINT_LIMIT),
                                (phase, done, total) ->
                                        progress.report(
                                                JsonObject.create()
                                                        .with("phase", phase)
                                                        .with("done", done)
                                                        .with("total", total)));
        return JsonObject.create()
                .with("objects", report.objects())
                .with("memory", report.memoryBytes())
                .with("file", report.fileBytes())
                .with("elapsed", report.elapsedNs());
    }
}
