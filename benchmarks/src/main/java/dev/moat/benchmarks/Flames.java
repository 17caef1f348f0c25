package dev.moat.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/**
 * Draws where the threads of guest tasks spend their CPU time: reads a recording of {@code
 * jdk.CPUTimeSample} events, writes a flame graph as SVG, and prints the methods that took most by
 * themselves as a table in Markdown. {@code benchmarks/flames} runs it.
 */
final class Flames {
    private static final String EVENT = "jdk.CPUTimeSample";
    private static final int WIDTH = 1200;
    private static final int ROW = 16;
    private static final double MIN_WIDTH = 0.5;
    private static final double CHARACTER = 6.2;
    private static final int LINES = 12;

    private final Node root = new Node("task threads");
    private final Map<String, Integer> self = new TreeMap<>();

    private Flames() {}

    /** A method on the way from the thread's start; how many samples were in it or below. */
    private static final class Node {
        private final String name;
        private final Map<String, Node> callees = new TreeMap<>();
        private int samples;

        Node(String name) {
            this.name = name;
        }

        int depth() {
            return 1 + callees.values().stream().mapToInt(Node::depth).max().orElse(0);
        }
    }

    /**
     * @param arguments recording, SVG to write, and what names of threads begin with
     */
    public static void main(String[] arguments) throws IOException {
        Flames flames = new Flames();
        try (RecordingFile recording = new RecordingFile(Path.of(arguments[0]))) {
            while (recording.hasMoreEvents()) {
                RecordedEvent event = recording.readEvent();
                RecordedThread thread =
                        EVENT.equals(event.getEventType().getName())
                                ? event.getThread("eventThread")
                                : null;
                if (thread != null
                        && thread.getJavaName() != null
                        && thread.getJavaName().startsWith(arguments[2])
                        && event.getStackTrace() != null) {
                    flames.add(event.getStackTrace().getFrames());
                }
            }
        }
        Files.writeString(Path.of(arguments[1]), flames.svg());
        System.out.print(flames.table());
    }

    private void add(List<RecordedFrame> innermostFirst) {
        Node at = root;
        at.samples++;
        for (RecordedFrame frame : innermostFirst.reversed()) {
            String type = frame.getMethod().getType().getName();
            String name =
                    type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethod().getName();
            // classes that the JVM makes have a number in their names
            name = name.replaceAll("/0x[0-9a-f]+", "");
            at = at.callees.computeIfAbsent(name, Node::new);
            at.samples++;
        }
        self.merge(at.name, 1, Integer::sum);
    }

    private String table() {
        StringBuilder text = new StringBuilder("| method, by itself | share |\n| --- | ---: |\n");
        self.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .limit(LINES)
                .forEach(entry ->
                        text.append(
                                String.format(
                                        Locale.ROOT,
                                        "| `%s` | %.1f %% |%n",
                                        entry.getKey(),
                                        100.0 * entry.getValue() / root.samples)));
        return text.toString();
    }

    private String svg() {
        int height = root.depth() * ROW;
        StringBuilder svg = new StringBuilder();
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                                + " font-family=\"monospace\" font-size=\"10\">%n",
                        WIDTH,
                        height));
        draw(svg, root, 0, height - ROW, (double) WIDTH / Math.max(1, root.samples));
        return svg.append("</svg>\n").toString();
    }

    private void draw(StringBuilder svg, Node node, double x, int y, double perSample) {
        double width = node.samples * perSample;
        if (width < MIN_WIDTH) {
            return;
        }
        String shown = escape(node.name);
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<g><title>%s: %.1f %%</title><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\""
                                + " height=\"%d\" fill=\"hsl(%d,70%%,75%%)\" stroke=\"white\""
                                + " stroke-width=\"0.5\"/>",
                        shown,
                        100.0 * node.samples / root.samples,
                        x,
                        y,
                        width,
                        ROW,
                        Math.floorMod(node.name.hashCode(), 40) + 10));
        int characters = (int) (width / CHARACTER);
        if (characters >= 3) {
            String label =
                    node.name.length() <= characters
                            ? node.name
                            : node.name.substring(0, characters - 2) + "..";
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<text x=\"%.1f\" y=\"%d\">%s</text>",
                            x + 2,
                            y + ROW - 5,
                            escape(label)));
        }
        svg.append("</g>\n");
        double at = x;
        for (Node callee : node.callees.values()) {
            draw(svg, callee, at, y - ROW, perSample);
            at += callee.samples * perSample;
        }
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
