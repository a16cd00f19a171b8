// SPDX-License-Identifier: GPL-2.0-only
/*
 * /init of a kernel whose unit tests ran while it booted: looks for what they
 * leaked, says that the end was reached, and switches off.
 *
 * One static process that never forks: forking on User Mode Linux 6.1 trips
 * over a missing lock there, which lockdep would report.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define KMEMLEAK "/sys/kernel/debug/kmemleak"

/* An object must be five seconds old to be suspected. */
#define KMEMLEAK_AGE_SECONDS 6

static FILE *kmsg;

/* Into the kernel log, whose order everything else keeps to. */
static void log_line(const char *line)
{
	fprintf(kmsg, "chimney: %s\n", line);
	fflush(kmsg);
}

static void find_leaks(void)
{
	int fd = open(KMEMLEAK, O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, "scan\n", 5) != 5)
		log_line("kmemleak: no scan");
	close(fd);
}

static void report_leaks(void)
{
	char line[256];
	FILE *leaks;

	if (access(KMEMLEAK, F_OK))
		return;
	/* What is only on its way from list to list passes the second scan. */
	sleep(KMEMLEAK_AGE_SECONDS);
	find_leaks();
	find_leaks();
	leaks = fopen(KMEMLEAK, "r");
	if (!leaks) {
		log_line("kmemleak: no report");
		return;
	}
	while (fgets(line, sizeof(line), leaks)) {
		line[strcspn(line, "\n")] = 0;
		log_line(line);
	}
	fclose(leaks);
	log_line("kmemleak: scanned");
}

int main(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mknod("/kmsg", S_IFCHR | 0600, makedev(1, 11));
	kmsg = fopen("/kmsg", "w");
	if (kmsg) {
		report_leaks();
		log_line("end of tests");
	}
	/* QEMU ends when a machine without power management restarts. */
	reboot(access("/proc/exitcode", F_OK) ? RB_AUTOBOOT : RB_POWER_OFF);
	return 1;
}
