package dev.moat.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.swap.Revisions.Revision;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CulpritTest {
    private static final Revision REVISION =
            new Revision(7, "dev.example", "2.0.0", List.of("vfs"), "file:/x", 1);

    @Test
    void aFrameOfTheNewRevision_isFoundInTheBugAndInItsCauses() {
        Map<Revision, ClassLoader> suspects = Map.of(REVISION, getClass().getClassLoader());
        var bug = new IllegalStateException("here");
        assertTrue(Culprit.find(bug, suspects).endsWith("of dev.example 2.0.0"));
        var outer = new RuntimeException("outside", bug);
        outer.setStackTrace(new StackTraceElement[0]);
        assertTrue(Culprit.find(outer, suspects).contains("CulpritTest"));
    }

    @Test
    void classesOfTheSameNameFromElsewhere_areNotAtFault() {
        ClassLoader other = new ClassLoader(getClass().getClassLoader()) {};
        assertEquals("", Culprit.find(new IllegalStateException("here"), Map.of(REVISION, other)));
    }
}
