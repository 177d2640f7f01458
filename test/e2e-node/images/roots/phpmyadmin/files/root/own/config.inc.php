<?php
// Signs in with what the environment holds, or asks.
require '/etc/phpmyadmin/config.secret.inc.php';
$cfg['Servers'][1] = [
    'host' => getenv('PMA_HOST') ?: 'db',
    'auth_type' => getenv('PMA_USER') === false ? 'cookie' : 'config',
    'user' => (string) getenv('PMA_USER'),
    'password' => (string) getenv('PMA_PASSWORD'),
];
include '/etc/phpmyadmin/config.user.inc.php';
