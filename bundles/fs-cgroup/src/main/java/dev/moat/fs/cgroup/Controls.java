package dev.moat.fs.cgroup;

import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.Controller;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which files a group has. */
final class Controls {
    static final String PROCS = "cgroup.procs";

    private static final Map<String, Control> ALL = all();
    private static final List<String> NAMES = List.copyOf(ALL.keySet());

    private Controls() {}

    private static Map<String, Control> all() {
        Map<String, Control> controls = new LinkedHashMap<>();
        for (List<Control> some :
                List.of(
                        CoreFiles.controls(),
                        CpuFiles.controls(),
                        IoFiles.controls(),
                        MemoryFiles.controls(),
                        PidsFiles.controls())) {
            some.forEach(control -> controls.put(control.name(), control));
        }
        return controls;
    }

    /** The file of that name; null if the group has none. */
    static @Nullable Control find(Cgroup group, String name) {
        Control control = ALL.get(name);
        return control != null && isThere(group, name) ? control : null;
    }

    static List<String> names(Cgroup group) {
        List<String> names = new ArrayList<>();
        for (String name : NAMES) {
            if (isThere(group, name)) {
                names.add(name);
            }
        }
        return names;
    }

    /** A number of its own for each name, below 255. */
    static int indexOf(String name) {
        return NAMES.indexOf(name);
    }

    private static boolean isThere(Cgroup group, String name) {
        String prefix = name.substring(0, name.indexOf('.'));
        if (prefix.equals("cgroup") || name.equals("cpu.stat")) {
            return true;
        }
        return Controller.ofLabel(prefix).filter(group.controllers()::contains).isPresent();
    }
}
