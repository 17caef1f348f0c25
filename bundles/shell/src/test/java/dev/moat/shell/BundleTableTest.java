package dev.moat.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class BundleTableTest {
    @Test
    void bundles_ofASandbox_areNamedWithVersionAndTime() {
        List<String> lines =
                BundleTable.lines(List.of(new FakeSandbox("web")), new FakeRevisions());
        assertEquals(2, lines.size());
        assertTrue(
                lines.getLast()
                        .matches(
                                "web +vfs +dev\\.example\\.vfs +1\\.2\\.3 +2023-11-1[45] \\d\\d:\\d\\d:\\d\\d +1"),
                lines.getLast());
    }
}
