/* execve(2), execveat(2), and what survives them. The program starts itself again: --exec-NAME. */
#define main check_main
#include "check.h"
#undef main
#include <sys/auxv.h>
#include <sys/statvfs.h>

extern char **environ;
static const char *self;

static void run(const char *path, char *const argv[], char *const envp[]) {
    execve(path, argv, envp);
    _exit(errno);
}

TEST(execve_passesArgumentsAndEnvironment) {
    int fds[2];
    char text[256] = "";
    CHECK_OK(pipe(fds));
    int status = IN_CHILD(
        dup2(fds[1], 1);
        char *argv[] = {"zero", "--exec-print", "", "two words", "\xff\x01", NULL};
        char *envp[] = {"A=1", "EMPTY=", "NOEQUALS", NULL};
        run(self, argv, envp));
    CHECK_EQ(status, 0);
    CHECK_OK(close(fds[1]));
    CHECK_OK(read(fds[0], text, sizeof text - 1));
    CHECK_STR(text, "zero|--exec-print||two words|\xff\x01|A=1|EMPTY=|NOEQUALS|");
}

TEST(execve_errors) {
    char *argv[] = {"x", NULL};
    CHECK_ERR(execve("missing", argv, environ), ENOENT);
    CHECK_ERR(execve(".", argv, environ), EACCES);
    close(make_file("file", "text"));
    CHECK_ERR(execve("file", argv, environ), EACCES);
    CHECK_OK(chmod("file", 0755));
    CHECK_ERR(execve("file", argv, environ), ENOEXEC);
    close(make_file("empty", ""));
    CHECK_OK(chmod("empty", 0755));
    CHECK_ERR(execve("empty", argv, environ), ENOEXEC);
    CHECK_ERR(execve("file/x", argv, environ), ENOTDIR);
    CHECK_ERR(syscall(SYS_execve, (void *)1, argv, environ), EFAULT);
    CHECK_ERR(syscall(SYS_execve, self, (void *)1, environ), EFAULT);
    char *bad[] = {"x", (char *)1, NULL};
    CHECK_ERR(execve(self, bad, environ), EFAULT);
    close(make_file("cut", "\177ELF\2\1\1"));
    CHECK_OK(chmod("cut", 0755));
    CHECK_ERR(execve("cut", argv, environ), ENOEXEC);
}

TEST(execve_ofTooLongArguments_failsE2big) {
    char *huge = malloc(200000);
    memset(huge, 'x', 199999);
    huge[199999] = 0;
    char *one[] = {"x", huge, NULL};
    /* One argument may have 128 KiB (MAX_ARG_STRLEN). */
    CHECK_ERR(execve("/bin/true", one, environ), E2BIG);
    huge[100000] = 0;
    static char *many[101];
    for (int i = 0; i < 100; i++) many[i] = huge;
    CHECK_ERR(execve("/bin/true", many, environ), E2BIG);
    many[15] = NULL;
    CHECK_EQ(IN_CHILD(run("/bin/true", many, environ)), 0);
}

static void script(const char *path, const char *text) {
    close(make_file(path, text));
    CHECK_OK(chmod(path, 0755));
}

static const char *output_of(const char *path, char *const argv[]) {
    static char text[512];
    int fds[2];
    memset(text, 0, sizeof text);
    REQUIRE_OK(pipe(fds));
    int status = IN_CHILD(dup2(fds[1], 1); run(path, argv, environ));
    CHECK_EQ(status, 0);
    close(fds[1]);
    read(fds[0], text, sizeof text - 1);
    close(fds[0]);
    return text;
}

TEST(script_runsItsInterpreter) {
    char line[PATH_MAX + 32];
    char *argv[] = {"ignored", "a", "b c", NULL};
    script("plain", "#!/bin/sh\necho $0 $# \"$2\"\n");
    CHECK_STR(output_of("./plain", argv), "./plain 2 b c\n");
    snprintf(line, sizeof line, "#! %s --exec-args  one two \nrest", self);
    script("args", line);
    /* All after the interpreter is one argument, blanks around it trimmed. */
    snprintf(line, sizeof line, "%s|--exec-args  one two|./args|a|b c|", self);
    CHECK_STR(output_of("./args", argv), line);
    script("missing", "#!/no/such/interpreter\n");
    CHECK_ERR(execv("./missing", argv), ENOENT);
    script("empty", "#!\n");
    CHECK_ERR(execv("./empty", argv), ENOEXEC);
}

TEST(scriptOfScripts_nestsThenFailsEloop) {
    char line[64], path[16];
    char *argv[] = {"x", NULL};
    script("s0", "#!/bin/sh\nexit 0\n");
    for (int i = 1; i <= 6; i++) {
        snprintf(path, sizeof path, "./s%d", i);
        snprintf(line, sizeof line, "#!./s%d\n", i - 1);
        script(path, line);
    }
    CHECK_EQ(IN_CHILD(run("./s4", argv, environ)), 0);
    CHECK_EQ(IN_CHILD(run("./s5", argv, environ)), EXITED(ELOOP));
}

TEST(cloexec_isHonoured) {
    char *argv[] = {"self", "--exec-fds", NULL};
    int keep = REQUIRE_OK(fcntl(1, F_DUPFD, 20)), lose = REQUIRE_OK(fcntl(1, F_DUPFD_CLOEXEC, 30));
    CHECK_EQ(keep, 20);
    CHECK_EQ(lose, 30);
    CHECK_EQ(IN_CHILD(run(self, argv, environ)), 0);
    CHECK_OK(fcntl(30, F_GETFD));
}

TEST(signalsAcrossExec_handlersResetIgnoredStay) {
    char *argv[] = {"self", "--exec-signals", NULL};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_EQ(IN_CHILD(
        signal(SIGUSR2, SIG_IGN);
        signal(SIGTERM, check_alarm);
        sigprocmask(SIG_BLOCK, &set, NULL);
        raise(SIGUSR1);
        run(self, argv, environ)), 0);
}

TEST(pidGroupSessionDirUmask_survive) {
    char pid[16];
    snprintf(pid, sizeof pid, "%d", getppid());
    char *argv[] = {"self", "--exec-process", NULL, NULL};
    CHECK_EQ(IN_CHILD(
        char me[16];
        snprintf(me, sizeof me, "%d", getpid());
        argv[2] = me;
        setsid();
        umask(0123);
        mkdir("sub", 0777);
        chmod("sub", 0777);
        chdir("sub");
        run(self, argv, environ)), 0);
}

TEST(execveat_runsFromDescriptor) {
    char *argv[] = {"self", "--exec-fds", NULL};
    int fd = REQUIRE_OK(open(self, O_RDONLY | O_CLOEXEC));
    CHECK_EQ(IN_CHILD(syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH); _exit(errno)), 0);
    CHECK_EQ(IN_CHILD(fexecve(fd, argv, environ); _exit(errno)), 0);
    CHECK_ERR(syscall(SYS_execveat, fd, "", argv, environ, 0), ENOENT);
    CHECK_ERR(syscall(SYS_execveat, 999, "", argv, environ, AT_EMPTY_PATH), EBADF);
    CHECK_OK(symlink(self, "link"));
    CHECK_ERR(syscall(SYS_execveat, AT_FDCWD, "link", argv, environ, AT_SYMLINK_NOFOLLOW), ELOOP);
    CHECK_EQ(IN_CHILD(syscall(SYS_execveat, AT_FDCWD, "link", argv, environ, 0); _exit(errno)), 0);
}

TEST(execOfFileOpenForWriting_failsEtxtbsy) {
    char *argv[] = {"x", NULL};
    int fd = make_file("file", "#!/bin/sh\n");
    CHECK_OK(chmod("file", 0755));
    CHECK_ERR(execv("./file", argv), ETXTBSY);
    CHECK_OK(close(fd));
    CHECK_EQ(IN_CHILD(run("./file", argv, environ)), 0);
}

TEST(setuidProgram_changesEffectiveIds) {
    need_root();
    char copy[PATH_MAX + 32];
    char *argv[] = {"prog", "--exec-ids", NULL};
    char elsewhere[] = "/var/tmp/check-XXXXXX";
    struct statvfs about;
    /* Moat mounts /tmp nosuid, as systemd does; /var/tmp belongs to the root file system. */
    if (statvfs(".", &about) == 0 && about.f_flag & ST_NOSUID) {
        REQUIRE(mkdtemp(elsewhere) != NULL);
        REQUIRE_OK(chdir(elsewhere));
    }
    snprintf(copy, sizeof copy, "cp '%s' prog", self);
    CHECK_EQ(system(copy), 0);
    CHECK_OK(chown("prog", 1234, 4321));
    CHECK_OK(chmod("prog", 06755));
    CHECK_OK(chmod(".", 0755));
    CHECK_EQ(IN_CHILD(setresgid(1000, 1000, 1000); setresuid(1000, 1000, 1000); run("./prog", argv, environ)), 0);
    /* No gain of privilege after PR_SET_NO_NEW_PRIVS. */
    CHECK_EQ(IN_CHILD(
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        setresgid(1000, 1000, 1000);
        setresuid(1000, 1000, 1000);
        run("./prog", argv, environ)), EXITED(1));
    unlink("prog");
    rmdir(elsewhere);
}

TEST(auxiliaryVector_isRight) {
    CHECK_EQ(getauxval(AT_PAGESZ), 4096);
    CHECK_EQ(getauxval(AT_CLKTCK), 100);
    CHECK_EQ(getauxval(AT_UID), getuid());
    CHECK_EQ(getauxval(AT_EGID), getegid());
    CHECK_EQ(getauxval(AT_SECURE), 0);
    CHECK(getauxval(AT_RANDOM) != 0);
    CHECK_STR((char *)getauxval(AT_PLATFORM), "x86_64");
    CHECK(getauxval(AT_PHDR) != 0 && getauxval(AT_PHNUM) > 2 && getauxval(AT_ENTRY) != 0);
    CHECK(getauxval(AT_EXECFN) != 0);
    CHECK_EQ((uintptr_t)__builtin_frame_address(0) % 8, 0);
}

TEST(commOfExec_isBaseName) {
    char *argv[] = {"other-name", "--exec-comm", NULL};
    CHECK_OK(symlink(self, "a-rather-long-program-name"));
    CHECK_EQ(IN_CHILD(run("./a-rather-long-program-name", argv, environ)), 0);
}

static int as_exec(int argc, char **argv) {
    const char *what = argv[1] + 7;
    if (strcmp(what, "print") == 0 || strncmp(what, "args", 4) == 0) {
        for (int i = 0; i < argc; i++) printf("%s|", argv[i]);
        for (char **e = environ; strcmp(what, "print") == 0 && *e; e++) printf("%s|", *e);
        return 0;
    }
    if (strcmp(what, "fds") == 0) return fcntl(30, F_GETFD) == -1 && errno == EBADF ? 0 : 1;
    if (strcmp(what, "signals") == 0) {
        struct sigaction usr2, term;
        sigset_t blocked, pending;
        sigaction(SIGUSR2, NULL, &usr2);
        sigaction(SIGTERM, NULL, &term);
        sigprocmask(SIG_BLOCK, NULL, &blocked);
        sigpending(&pending);
        return usr2.sa_handler == SIG_IGN && term.sa_handler == SIG_DFL && sigismember(&blocked, SIGUSR1)
                        && sigismember(&pending, SIGUSR1) ? 0 : 1;
    }
    if (strcmp(what, "process") == 0) {
        char path[PATH_MAX];
        if (!getcwd(path, sizeof path)) return 2;
        return getpid() == atoi(argv[2]) && getsid(0) == getpid() && getpgrp() == getpid() && umask(0) == 0123
                        && strcmp(strrchr(path, '/'), "/sub") == 0 ? 0 : 1;
    }
    if (strcmp(what, "ids") == 0) {
        return getuid() == 1000 && geteuid() == 1234 && getgid() == 1000 && getegid() == 4321
                        && getauxval(AT_SECURE) == 1 ? 0 : 1;
    }
    if (strcmp(what, "comm") == 0) {
        char name[16] = "";
        prctl(PR_GET_NAME, name);
        return strcmp(name, "a-rather-long-p") == 0 && strcmp(argv[0], "other-name") == 0 ? 0 : 1;
    }
    return 99;
}

int main(int argc, char **argv) {
    static char path[PATH_MAX];
    if (argc > 1 && strncmp(argv[1], "--exec-", 7) == 0) return as_exec(argc, argv);
    if (readlink("/proc/self/exe", path, sizeof path - 1) < 0) return 2;
    self = path;
    return check_main(argc, argv);
}
