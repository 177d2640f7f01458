<?php
// Adminer with the plugins for which there is a loader.
function adminer_object() {
    require_once 'plugins/plugin.php';
    return new AdminerPlugin(array_map(fn ($loader) => require $loader, glob('plugins-enabled/*.php')));
}
require 'adminer.php';
