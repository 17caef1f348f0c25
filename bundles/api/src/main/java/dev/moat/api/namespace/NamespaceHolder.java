package dev.moat.api.namespace;

/** An open file that stands for a namespace: {@code /proc/pid/ns}, namespaces(7). */
public interface NamespaceHolder {
    Namespace namespace();
}
