package dev.moat.fs.dev.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Ioctls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The line discipline on traces that Linux confirms ({@code replay.py}), and what a trace cannot
 * show.
 */
final class LineDisciplineTest {
    private final LineDiscipline line = new LineDiscipline();

    @TestFactory
    List<DynamicTest> traces() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        List<String> steps = new ArrayList<>();
        for (String text : readTraces()) {
            if (text.startsWith("== ")) {
                List<String> own = new ArrayList<>();
                steps = own;
                tests.add(DynamicTest.dynamicTest(text.substring(3), () -> replay(own)));
            } else if (!text.isEmpty() && !text.startsWith("#")) {
                steps.add(text);
            }
        }
        assertTrue(tests.size() > 40, "the traces were found");
        return tests;
    }

    private static void replay(List<String> steps) throws ReflectiveOperationException {
        TraceReplay replay = new TraceReplay();
        for (String step : steps) {
            replay.play(step);
        }
    }

    private static List<String> readTraces() throws IOException {
        try (InputStream stream =
                Objects.requireNonNull(
                        LineDisciplineTest.class.getResourceAsStream("line-discipline.trace"))) {
            return new String(stream.readAllBytes(), StandardCharsets.ISO_8859_1).lines().toList();
        }
    }

    @Test
    void stoppedOutput_takesNothingFromPrograms() {
        type("\u0013");
        assertEquals(0, line.output().write(line.mode(), new byte[] {'b'}, 0, 1));
        type("\u0011");
        assertEquals(1, line.output().write(line.mode(), new byte[] {'b'}, 0, 1));
    }

    @Test
    void stopByProgram_holdsAgainstStartCharacter() {
        line.suspendOutput(true);
        type("\u0011");
        assertEquals(0, line.output().write(line.mode(), new byte[] {'b'}, 0, 1));
        line.suspendOutput(false);
        assertEquals(1, line.output().write(line.mode(), new byte[] {'b'}, 0, 1));
    }

    @Test
    void unreadLines_makeTheMasterWait() {
        byte[] lines = "123456789\n".repeat(500).getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(4095, line.receive(lines, 0, lines.length));
    }

    @Test
    void output_isBounded() {
        byte[] text = "x".repeat(100_000).getBytes(StandardCharsets.ISO_8859_1);
        int taken = line.output().write(line.mode(), text, 0, text.length);
        assertTrue(taken >= 8192 && taken < 65536, "taken " + taken);
    }

    @Test
    void packetStatus_tellsOfFlushesAndFlowControl() {
        type("\u0003");
        assertEquals(Ioctls.TIOCPKT_FLUSHREAD | Ioctls.TIOCPKT_FLUSHWRITE, line.takePacketStatus());
        type("\u0013");
        assertEquals(Ioctls.TIOCPKT_STOP, line.takePacketStatus());
        type("\u0011");
        assertEquals(Ioctls.TIOCPKT_START, line.takePacketStatus());
    }

    private void type(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(bytes.length, line.receive(bytes, 0, bytes.length));
    }
}
