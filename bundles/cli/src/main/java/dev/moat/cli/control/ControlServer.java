package dev.moat.cli.control;

import dev.moat.lib.json.JsonException;
import dev.moat.lib.json.JsonObject;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket of this kernel host. It is opened a moment after the start, by a thread of its own:
 * short runs never pay for it.
 */
public final class ControlServer implements AutoCloseable {
    /** What a run must last to be worth a socket. */
    public static final Duration DELAY = Duration.ofMillis(100);

    /** How long the end of the kernel host waits for answers under way. */
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(5);

    /** Version of requests and answers. */
    static final int VERSION = 1;

    private final Logger logger = LoggerFactory.getLogger(ControlServer.class);
    private final Handler handler;
    private final Map<String, String> environment;
    private final CountDownLatch closing = new CountDownLatch(1);

    /** Threads that have a request and owe its answer. */
    private final Set<Thread> answering = ConcurrentHashMap.newKeySet();

    private final AtomicReference<@Nullable ServerSocketChannel> listener = new AtomicReference<>();

    /** Answers requests. */
    public interface Handler {
        /**
         * Does what {@code request} says.
         *
         * @param progress takes what is to be told meanwhile
         * @return the result
         * @throws RuntimeException the message is the operator's
         */
        JsonObject handle(JsonObject request, ProgressSink progress);
    }

    /** Takes reports of progress. */
    @FunctionalInterface
    public interface ProgressSink {
        void report(JsonObject progress);
    }

    private ControlServer(Handler handler, Map<String, String> environment) {
        this.handler = handler;
        this.environment = environment;
    }

    /** Opens the socket after {@code delay}, unless it is closed before. */
    public static ControlServer open(
            Handler handler, Map<String, String> environment, Duration delay) {
        ControlServer server = new ControlServer(handler, environment);
        Thread.ofPlatform()
                .daemon()
                .name("moat-control")
                .start(() -> server.serveAfter(delay.toMillis()));
        return server;
    }

    /**
     * Takes the socket away and waits a moment for answers under way: a checkpoint ends the
     * sandbox, and with it this kernel host, before its own answer is written.
     */
    @Override
    public void close() {
        closing.countDown();
        ServerSocketChannel channel = listener.get();
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                logger.debug("the control socket does not close", e);
            }
        }
        awaitAnswers();
    }

    private void awaitAnswers() {
        long deadlineNs = System.nanoTime() + LAST_ANSWERS.toNanos();
        try {
            for (Thread thread : answering) {
                if (!thread.join(Duration.ofNanos(deadlineNs - System.nanoTime()))) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serveAfter(long delayMs) {
        try {
            if (closing.await(delayMs, TimeUnit.MILLISECONDS)) {
                return;
            }
            serve(ControlDirectory.open(environment));
        } catch (AsynchronousCloseException e) {
            logger.debug("the control socket is closed");
        } catch (IOException | RuntimeException e) {
            // The sandbox is what counts; commands from outside do not reach it then.
            logger.warn(
                    "commands of other terminals do not reach this kernel host: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(ControlDirectory directory) throws IOException {
        Path socket = directory.ownSocket();
        Path unready = directory.unreadySocket();
        // of an earlier process with the same id
        Files.deleteIfExists(unready);
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(unready));
            // A client removes what nobody listens to: it must not see the socket before.
            Files.move(unready, socket, StandardCopyOption.ATOMIC_MOVE);
            listener.set(channel);
            while (closing.getCount() > 0) {
                SocketChannel client = channel.accept();
                Thread.ofPlatform()
                        .daemon()
                        .name("moat-control-client")
                        .start(() -> serve(client, directory));
            }
        } finally {
            Files.deleteIfExists(unready);
            Files.deleteIfExists(socket);
        }
    }

    private void serve(SocketChannel client, ControlDirectory directory) {
        try (Lines lines = new Lines(client)) {
            if (!client.getOption(ExtendedSocketOptions.SO_PEERCRED)
                    .user()
                    .equals(directory.owner())) {
                return;
            }
            String line = lines.read();
            if (line != null) {
                answering.add(Thread.currentThread());
                lines.write(answer(line, lines));
            }
        } catch (IOException e) {
            logger.debug("a client of the control socket went away", e);
        } finally {
            answering.remove(Thread.currentThread());
        }
    }

    private String answer(String line, Lines lines) {
        try {
            JsonObject request = JsonObject.parse(line);
            if (request.number("moat") != VERSION) {
                throw new ControlException(
                        "this kernel host is of another version of moat; use that one's command");
            }
            JsonObject result = handler.handle(request, progress -> tell(lines, progress));
            return JsonObject.create().with("result", result).toString();
        } catch (JsonException e) {
            return error("not a request: " + e.getMessage());
        } catch (RuntimeException e) {
            return error(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    /** Who does not listen any more does not keep the work from being done. */
    private void tell(Lines lines, JsonObject progress) {
        try {
            lines.write(JsonObject.create().with("progress", progress).toString());
        } catch (IOException e) {
            logger.debug("a client of the control socket went away", e);
        }
    }

    private static String error(String message) {
        return JsonObject.create().with("error", message).toString();
    }
}
