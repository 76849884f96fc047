/* error: fills a struct error once. */
#include "daemon/error.h"

#include <stdarg.h>
#include <stdio.h>

bool error_set(struct error *error, enum error_class class, const char *remedy, const char *cause_format, ...)
{
	va_list arguments;

	if (error == NULL || error->class != ERROR_NONE)
		return false;
	error->class = class;
	va_start(arguments, cause_format);
	vsnprintf(error->cause, sizeof(error->cause), cause_format, arguments);
	va_end(arguments);
	snprintf(error->remedy, sizeof(error->remedy), "%s", remedy);
	return false;
}
