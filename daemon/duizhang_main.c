/* duizhang_main: the operators' command-line tool. */
#include "daemon/cli.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
