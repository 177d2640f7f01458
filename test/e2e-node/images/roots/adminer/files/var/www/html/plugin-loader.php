<?php
// Prints a loader for the plugin that is named: a file that makes the one class which the plugin brings.
$file = 'plugins/' . basename($argv[1]) . '.php';
$known = get_declared_classes();
require $file;
$class = array_values(array_diff(get_declared_classes(), $known))[0];
printf("<?php\nrequire_once %s;\nreturn new %s();\n", var_export($file, true), $class);
