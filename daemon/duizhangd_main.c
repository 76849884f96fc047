/* duizhangd_main: the daemon. */
#include "daemon/daemon_command.h"

int main(int argc, char **argv)
{
	return daemon_command(argc, argv);
}
