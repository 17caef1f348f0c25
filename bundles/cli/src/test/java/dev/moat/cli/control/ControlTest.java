package dev.moat.cli.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.cli.shared.UsageException;
import dev.moat.lib.json.JsonObject;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests over a real socket. */
class ControlTest {
    @TempDir Path runtime;

    private static final ControlServer.Handler HANDLER =
            (request, progress) -> {
                switch (request.string("do")) {
                    case "list" -> {
                        return JsonObject.create().with("sandboxes", List.of("web", "db"));
                    }
                    case "count" -> {
                        for (int i = 0; i < 3; i++) {
                            progress.report(JsonObject.create().with("at", i));
                        }
                        return JsonObject.create().with("counted", 3);
                    }
                    default -> throw new IllegalArgumentException("no\nsuch thing");
                }
            };

    @Test
    void request_isAnsweredWithProgressAndResult() throws Exception {
        try (var server = ControlServer.open(HANDLER, environment(), Duration.ZERO)) {
            awaitSocket();
            List<Long> seen = new ArrayList<>();

            JsonObject result =
                    client().hostOf("db")
                            .ask(ControlClient.request("count"), at -> seen.add(at.number("at")));

            assertEquals(3, result.number("counted"));
            assertEquals(List.of(0L, 1L, 2L), seen);
            assertEquals("rwx------", mode(runtime.resolve("moat")));
        }
        awaitNoSocket();
    }

    @Test
    void request_thatFails_givesItsMessage() throws Exception {
        try (var server = ControlServer.open(HANDLER, environment(), Duration.ZERO)) {
            awaitSocket();
            ControlClient.Host host = client().hostOf("web");
            assertEquals("no\nsuch thing", refusal(host, ControlClient.request("dance")));
            assertTrue(
                    refusal(host, JsonObject.create().with("moat", 2).with("do", "list"))
                            .contains("another version"));
            assertTrue(refusal(host, JsonObject.create()).startsWith("not a request"));
            assertEquals(
                    "no sandbox 'mail' is running",
                    assertThrows(ControlException.class, () -> client().hostOf("mail"))
                            .getMessage());
        }
    }

    @Test
    void socketOfAnEndedHost_isRemoved() throws Exception {
        Path directory = Files.createDirectory(runtime.resolve("moat"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        Path stale = directory.resolve("999999999.sock");
        try (var channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(stale));
        }
        assertTrue(Files.exists(stale));

        assertThrows(ControlException.class, () -> client().hostOf("web"));

        assertFalse(Files.exists(stale));
    }

    @Test
    void directoryThatOthersMayWriteTo_isNotUsed() throws Exception {
        Path directory = Files.createDirectory(runtime.resolve("moat"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThrows(UsageException.class, () -> ControlDirectory.open(environment()));
        Files.delete(directory);
        Files.createSymbolicLink(directory, runtime);
        assertThrows(UsageException.class, () -> ControlDirectory.open(environment()));
    }

    @Test
    void serverClosedBeforeItsDelay_opensNothing() {
        ControlServer.open(HANDLER, environment(), Duration.ofMinutes(1)).close();
        assertFalse(Files.exists(runtime.resolve("moat")));
    }

    @Test
    void close_waitsForTheAnswerUnderWay() throws Exception {
        var begun = new CountDownLatch(1);
        var mayEnd = new CountDownLatch(1);
        ControlServer.Handler handler =
                (request, progress) -> {
                    if (request.string("do").equals("list")) {
                        return HANDLER.handle(request, progress);
                    }
                    begun.countDown();
                    awaitUninterruptibly(mayEnd);
                    return JsonObject.create().with("done", 1);
                };
        var server = ControlServer.open(handler, environment(), Duration.ZERO);
        awaitSocket();
        var answer =
                new FutureTask<>(
                        () -> client().hostOf("web").ask(ControlClient.request("work"), at -> {}));
        Thread.ofPlatform().start(answer);
        begun.await();
        Thread closer = Thread.ofPlatform().start(server::close);
        while (closer.getState() != Thread.State.TIMED_WAITING) {
            assertTrue(closer.isAlive(), "closed without the answer");
            Thread.onSpinWait();
        }
        mayEnd.countDown();
        closer.join();
        assertEquals(1, answer.get().number("done"));
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String refusal(ControlClient.Host host, JsonObject request) {
        return assertThrows(ControlException.class, () -> host.ask(request, _ -> {})).getMessage();
    }

    private Map<String, String> environment() {
        return Map.of("XDG_RUNTIME_DIR", runtime.toString());
    }

    private ControlClient client() {
        return new ControlClient(ControlDirectory.open(environment()));
    }

    private boolean hasSocket() throws IOException {
        Path directory = runtime.resolve("moat");
        if (!Files.exists(directory)) {
            return false;
        }
        try (var entries = Files.list(directory)) {
            return entries.anyMatch(entry -> entry.toString().endsWith(".sock"));
        }
    }

    private void awaitSocket() throws IOException {
        while (!hasSocket()) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private void awaitNoSocket() throws IOException {
        while (hasSocket()) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
