package dev.moat.fs.dev.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.moat.abi.Signals;
import dev.moat.abi.Termios2;
import dev.moat.abi.TermiosConstants;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Plays the steps of a trace on a line discipline; the format is described in {@code
 * line-discipline.trace}.
 */
final class TraceReplay {
    private static final Pattern REPETITION = Pattern.compile("\\{(.*?)\\}\\*(\\d+)");

    private final LineDiscipline line = new LineDiscipline();

    void play(String step) throws ReflectiveOperationException {
        String word = step.split(" ", 2)[0];
        String raw = step.contains(" ") ? step.substring(word.length() + 1) : "";
        switch (word) {
            case "iflag", "oflag", "lflag" -> flags(word.charAt(0), raw.split(" "));
            case "cc" -> controlChar(raw.split(" ")[0], raw.split(" ")[1].charAt(0));
            case "type" -> {
                byte[] bytes = bytes(raw);
                assertEquals(bytes.length, line.receive(bytes, 0, bytes.length), step);
            }
            case "print" -> {
                byte[] bytes = bytes(raw);
                assertEquals(
                        bytes.length,
                        line.output().write(line.mode(), bytes, 0, bytes.length),
                        step);
            }
            case "show" -> assertEquals(visible(bytes(raw)), visible(shown()), step);
            case "nothing" -> assertEquals(false, line.isReadable(1), step);
            case "signal" -> assertEquals(signals(raw), line.takeSignals(), step);
            case "ready" -> assertEquals(Integer.parseInt(raw), line.readableBytes(), step);
            default -> read(step, word, raw);
        }
    }

    private void read(String step, String word, String raw) {
        assertEquals("read", word.substring(0, 4), step);
        int limit =
                word.length() == 4 ? 8192 : Integer.parseInt(word.substring(5, word.length() - 1));
        assertEquals(true, line.isReadable(1), step);
        byte[] target = new byte[limit];
        int count = line.read(target, limit);
        assertEquals(visible(bytes(raw)), visible(Arrays.copyOf(target, count)), step);
    }

    private byte[] shown() {
        ByteRing output = line.output().bytes();
        byte[] bytes = new byte[output.size()];
        output.poll(bytes, 0, bytes.length);
        return bytes;
    }

    private void flags(char which, String[] words) throws ReflectiveOperationException {
        for (String word : words) {
            boolean clear = word.startsWith("-");
            int bits = constant(clear ? word.substring(1) : word);
            Termios2 t = line.mode().termios();
            change(
                    which == 'i' ? changed(t.inputFlags(), bits, clear) : t.inputFlags(),
                    which == 'o' ? changed(t.outputFlags(), bits, clear) : t.outputFlags(),
                    which == 'l' ? changed(t.localFlags(), bits, clear) : t.localFlags(),
                    t.controlChars());
        }
    }

    private static int changed(int flags, int bits, boolean clear) {
        return clear ? flags & ~bits : flags | bits;
    }

    private void controlChar(String name, char value) throws ReflectiveOperationException {
        Termios2 t = line.mode().termios();
        StringBuilder chars = new StringBuilder(t.controlChars());
        chars.setCharAt(constant(name), value);
        change(t.inputFlags(), t.outputFlags(), t.localFlags(), chars.toString());
    }

    private void change(int input, int output, int local, String chars) {
        Termios2 t = line.mode().termios();
        line.setMode(
                new TerminalMode(
                        new Termios2(
                                input,
                                output,
                                t.controlFlags(),
                                local,
                                t.lineDiscipline(),
                                chars,
                                t.inputSpeed(),
                                t.outputSpeed())));
    }

    private static int constant(String name) throws ReflectiveOperationException {
        return TermiosConstants.class.getField(name).getInt(null);
    }

    private static long signals(String names) throws ReflectiveOperationException {
        long mask = 0;
        for (String name : names.isEmpty() ? new String[0] : names.split(" ")) {
            mask |= 1L << Signals.class.getField("SIG" + name).getInt(null);
        }
        return mask;
    }

    private static byte[] bytes(String raw) {
        Matcher matcher = REPETITION.matcher(raw);
        String repeated =
                matcher.replaceAll(found ->
                        Matcher.quoteReplacement(
                                found.group(1).repeat(Integer.parseInt(found.group(2)))));
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < repeated.length(); i++) {
            char c = repeated.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char kind = repeated.charAt(++i);
            switch (kind) {
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'x' -> {
                    out.append((char) Integer.parseInt(repeated.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> out.append(kind);
            }
        }
        return out.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String visible(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) {
            out.append(b >= ' ' && b < 0x7f ? String.valueOf((char) b) : "<%02x>".formatted(b));
        }
        return out.toString();
    }
}
