<?php
// What is to be set comes from the environment; the phrases are replaced when the container first starts.
function from_environment($name, $otherwise) {
    $value = getenv("WORDPRESS_$name");
    return $value === false ? $otherwise : $value;
}
define('DB_NAME', from_environment('DB_NAME', 'wordpress'));
define('DB_USER', from_environment('DB_USER', 'example username'));
define('DB_PASSWORD', from_environment('DB_PASSWORD', 'example password'));
define('DB_HOST', from_environment('DB_HOST', 'mysql'));
define('DB_CHARSET', from_environment('DB_CHARSET', 'utf8mb4'));
define('DB_COLLATE', '');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $use) {
    define("{$use}_KEY", from_environment("{$use}_KEY", 'put your unique phrase here'));
    define("{$use}_SALT", from_environment("{$use}_SALT", 'put your unique phrase here'));
}
$table_prefix = from_environment('TABLE_PREFIX', 'wp_');
define('WP_DEBUG', (bool) from_environment('DEBUG', ''));
eval(from_environment('CONFIG_EXTRA', ''));
if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
